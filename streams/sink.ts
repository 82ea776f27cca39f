/** What a plug-in that receives metrics looks like: a function of the metric stream, or what to do with a batch of events. */
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
  /** How many images are held out, where the pipeline says so. */
  readonly evalImages?: number;
  /** What the configuration gives to a sink named by module path. */
  readonly options?: Readonly<Record<string, unknown>>;
}

/**
 * Subscribes to (or returns an Observable derived from) the metric stream. The stream completes when the run ends; the
 * run waits for the returned Observable or Promise, but not longer than the sink's `flushTimeoutMs`.
 */
export type SinkFunction = (
  metrics$: Observable<MetricEvent>,
  run: RunInfo,
) => Observable<unknown> | Promise<void> | undefined | void;

/** A sink's name and the limits that the run keeps for it. */
export interface SinkLimits {
  readonly name: string;
  /** Events kept while the sink is busy; the oldest are dropped and counted beyond it. Default 10,000. */
  readonly queueSize?: number;
  /** How long the end of the run waits for it, in milliseconds. Default 5,000. */
  readonly flushTimeoutMs?: number;
}

/** A sink that is a function of the stream, with a name and limits of its own. */
export interface StreamSink extends SinkLimits {
  readonly attach: SinkFunction;
}

/**
 * A sink that says what to do with a batch of events. Only `name` and `write` are needed. A `SinkError` thrown by `open`
 * or `write` says that the sink has failed for good: it is not tried again. `deadline` is aborted when the run no longer
 * waits.
 */
export interface SinkDefinition extends SinkLimits {
  /** Which events it wants; the others are not even queued. Default: all. */
  readonly takes?: (event: MetricEvent) => boolean;
  /**
   * Called once before the first batch; may throw or reject, and is then tried again like a batch. `lost` counts events
   * of a batch that was written as dropped after all.
   */
  readonly open?: (run: RunInfo, deadline: AbortSignal, lost: CountLost) => Promise<void> | void;
  /** Called with one batch at a time, in order. Throwing or rejecting means that nothing of the batch was written. */
  readonly write: (
    events: readonly MetricEvent[],
    run: RunInfo,
    deadline: AbortSignal,
  ) => Promise<void> | void;
  /**
   * The run has gone back to `step`: what was written of later steps is to be dropped, as `open` does for `run.fromStep`.
   * Called between two batches, and tried again like one. Default: nothing; what comes then is written as well.
   */
  readonly forget?: (step: number, run: RunInfo) => Promise<void> | void;
  /** Called once after the last batch, if it was opened. */
  readonly close?: () => Promise<void> | void;
  /** A batch is written after this time, or once it has this many events. Default 1,000 ms, 1,000 events. */
  readonly batch?: { readonly everyMs?: number; readonly count?: number };
  /** How a failed batch is tried again. Default: 3 times, after 100, 200 and 400 ms. */
  readonly retry?: RetryPolicy;
}

/** Counts events as dropped that had been counted as delivered; the error, if any, becomes part of the report. */
export type CountLost = (events: number, error?: unknown) => void;

/** How often, and after which pauses, what failed is tried again. */
export interface RetryPolicy {
  /** Further attempts; `Infinity`: until the run no longer waits. Default 3. */
  readonly times?: number;
  /** The first pause, in milliseconds; each further one is twice as long. Default 100. */
  readonly backoffMs?: number;
  /** No pause is longer than this, in milliseconds. Default 10,000. */
  readonly longestMs?: number;
  /** Whether trying again could help after this error. Default: always. */
  readonly when?: (error: unknown) => boolean;
}

/** A sink with a name and limits of its own. */
export type SinkObject = StreamSink | SinkDefinition;

export type Sink = SinkFunction | SinkObject;

/** What became of a sink; part of the run's report. */
export interface SinkReport {
  readonly name: string;
  readonly delivered: number;
  readonly dropped: number;
  /** The last error's message, if it failed. */
  readonly error?: string;
}
