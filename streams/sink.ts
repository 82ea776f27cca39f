/** What a plug-in that receives metrics looks like: a function of the metric stream, or an object around one. */
import type { Observable } from 'rxjs';
import type { MetricEvent } from './metricEvent.ts';

/** What a sink may know of the run it serves. Plain data: a sink may live in another thread. */
export interface RunInfo {
  readonly runId: string;
  /** Absolute path of the run folder; `undefined` for a run in memory. */
  readonly runDir?: string;
  readonly config: unknown;
  /** The step the run continues from: 0 for a new run. Earlier steps beyond it are to be dropped (resume). */
  readonly fromStep: number;
  /** What the configuration gives to a sink named by module path. */
  readonly options?: Readonly<Record<string, unknown>>;
}

/** What a sink with a queue of its own tells its run. Sinks that just subscribe need not know of it. */
export interface SinkControl {
  /** Counts events that were delivered and then lost; the error, if any, becomes part of the report. */
  lost(count: number, error?: unknown): void;
  /** Says, once, that something failed and is being tried again; nothing is lost yet. */
  retrying(error: unknown): void;
  /** Aborted when the run no longer waits for the sink. */
  readonly deadline: AbortSignal;
}

/**
 * Subscribes to (or returns an Observable derived from) the metric stream. The stream completes when the run ends; the
 * run waits for the returned Observable or Promise, but not longer than the sink's `flushTimeoutMs`.
 */
export type SinkFunction = (
  metrics$: Observable<MetricEvent>,
  run: RunInfo,
  control?: SinkControl,
) => Observable<unknown> | Promise<void> | undefined | void;

/** A sink with a name and limits of its own. */
export interface SinkObject {
  readonly name: string;
  readonly attach: SinkFunction;
  /** Events kept while the sink is busy; the oldest are dropped and counted beyond it. Default 10,000. */
  readonly queueSize?: number;
  /** How long the end of the run waits for it, in milliseconds. Default 5,000. */
  readonly flushTimeoutMs?: number;
}

export type Sink = SinkFunction | SinkObject;

/** What became of a sink; part of the run's report. */
export interface SinkReport {
  readonly name: string;
  readonly delivered: number;
  readonly dropped: number;
  /** The last error's message, if it failed. */
  readonly error?: string;
}
