/** The kit for writing sinks: say what to do with a batch of events; the rest is here. */
import { createBatchWriter } from './batchWriter.ts';
import type { MetricEvent } from './metricEvent.ts';
import type { RunInfo, SinkObject } from './sink.ts';
import type { RetryPolicy } from './withRetries.ts';

/**
 * What an author of a sink provides. Only `name` and `write` are needed. A `SinkError` thrown by `open` or `write` says
 * that the sink has failed for good: it is not tried again. `deadline` is aborted when the run no longer waits.
 */
export interface SinkDefinition {
  readonly name: string;
  /** Which events it wants; the others are not even queued. Default: all. */
  readonly takes?: (event: MetricEvent) => boolean;
  /** Called once before the first batch; may throw or reject, and is then tried again like a batch. */
  readonly open?: (run: RunInfo, deadline: AbortSignal) => Promise<void> | void;
  /** Called with one batch at a time, in order. Throwing or rejecting means that nothing of the batch was written. */
  readonly write: (
    events: readonly MetricEvent[],
    run: RunInfo,
    deadline: AbortSignal,
  ) => Promise<void> | void;
  /** Called once after the last batch, if it was opened. */
  readonly close?: () => Promise<void> | void;
  /** Events kept while `write` is busy; beyond it the oldest are dropped and counted. Default 10,000. */
  readonly queueSize?: number;
  /** A batch is written after this time, or once it has this many events. Default 1,000 ms, 1,000 events. */
  readonly batch?: { readonly everyMs?: number; readonly count?: number };
  /** How a failed batch is tried again. Default: 3 times, after 100, 200 and 400 ms. */
  readonly retry?: RetryPolicy;
  /** How long the end of the run waits for the rest, in milliseconds. Default 5,000. */
  readonly flushTimeoutMs?: number;
}

/**
 * Makes a sink with a bounded queue, batches, retries with growing pauses, and an account of lost events.
 *
 * @example
 * export const sink = defineSink({
 *   name: 'lines',
 *   write: (events) => appendFile('loss.txt', events.filter(isScalar('train/loss')).map((e) => `${e.value}\n`).join('')),
 * });
 */
export function defineSink(definition: SinkDefinition): SinkObject {
  const { name, queueSize = 10_000, flushTimeoutMs = 5_000 } = definition;
  return {
    name,
    queueSize,
    flushTimeoutMs,
    attach(metrics$, run, control) {
      const writer = createBatchWriter(definition, queueSize, run, control);
      return new Promise((resolve) => {
        metrics$.subscribe({ next: writer.push, complete: () => resolve(writer.finish()) });
      });
    },
  };
}
