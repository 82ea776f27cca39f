/** The kit for writing sinks: say what to do with a batch of events; the rest is here. */
import { EventQueue } from './eventQueue.ts';
import type { MetricEvent } from './metricEvent.ts';
import type { RunInfo, SinkControl, SinkObject } from './sink.ts';

/** What an author of a sink provides. Only `name` and `write` are needed. */
export interface SinkDefinition {
  readonly name: string;
  /** Called once before the first batch; may throw or reject, and is then tried again like a batch. */
  readonly open?: (run: RunInfo) => Promise<void> | void;
  /** Called with one batch at a time, in order. Throwing or rejecting means that nothing of the batch was written. */
  readonly write: (events: readonly MetricEvent[], run: RunInfo) => Promise<void> | void;
  /** Called once after the last batch, if it was opened. */
  readonly close?: () => Promise<void> | void;
  /** Events kept while `write` is busy; beyond it the oldest are dropped and counted. Default 10,000. */
  readonly queueSize?: number;
  /** A batch is written after this time, or once it has this many events. Default 1,000 ms, 1,000 events. */
  readonly batch?: { readonly everyMs?: number; readonly count?: number };
  /** How often a failed batch is written again, after which pause (doubled each time). Default 3 times, 100 ms. */
  readonly retry?: { readonly times?: number; readonly backoffMs?: number };
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

interface BatchWriter {
  push(event: MetricEvent): void;
  /** Writes the rest and closes. */
  finish(): Promise<void>;
}

function createBatchWriter(
  { open, write, close, batch = {}, retry = {} }: SinkDefinition,
  queueSize: number,
  run: RunInfo,
  control: SinkControl | undefined,
): BatchWriter {
  const { everyMs = 1_000, count = 1_000 } = batch;
  const queue = new EventQueue(queueSize);
  const deadline = control?.deadline;
  let opened = false;
  let writing: Promise<void> | undefined;
  let timer: NodeJS.Timeout | undefined;
  let inFlight = 0;

  const attempt = async (events: readonly MetricEvent[]): Promise<void> => {
    if (!opened) await open?.(run);
    opened = true;
    await write(events, run);
  };

  const writeBatch = async (): Promise<void> => {
    const events = queue.take(count);
    inFlight = events.length;
    try {
      await withRetries(() => attempt(events), retry, deadline);
    } catch (error) {
      if (!deadline?.aborted) control?.lost(events.length, error);
    }
    inFlight = 0;
  };

  /** Writes until fewer than a full batch are left, or nothing at all. */
  const writeWhile = async (more: () => boolean): Promise<void> => {
    while (more() && !deadline?.aborted) await writeBatch();
    writing = undefined;
  };

  const begin = (): void => {
    clearTimeout(timer);
    timer = undefined;
    writing ??= writeWhile(() => queue.length >= count).then(rearm);
  };
  const rearm = (): void => {
    if (queue.length > 0) timer ??= setTimeout(flush, everyMs).unref();
  };
  const flush = (): void => {
    timer = undefined;
    writing ??= writeBatch()
      .then(() => writeWhile(() => queue.length >= count))
      .then(rearm);
  };

  deadline?.addEventListener('abort', () => {
    clearTimeout(timer);
    control?.lost(inFlight + queue.clear());
  });

  return {
    push(event) {
      const dropped = queue.push(event);
      if (dropped > 0) control?.lost(dropped);
      if (queue.length >= count) begin();
      else rearm();
    },
    async finish() {
      clearTimeout(timer);
      await writing;
      await writeWhile(() => queue.length > 0);
      clearTimeout(timer);
      if (opened) await close?.();
    },
  };
}

/** Tries an action until it succeeds or has failed `times` + 1 times. @throws its last error */
async function withRetries(
  action: () => Promise<void>,
  { times = 3, backoffMs = 100 }: { readonly times?: number; readonly backoffMs?: number },
  deadline: AbortSignal | undefined,
): Promise<void> {
  for (let failures = 0; ; failures++) {
    try {
      return await action();
    } catch (error) {
      if (failures >= times || deadline?.aborted) throw error;
      await new Promise((resolve) => setTimeout(resolve, backoffMs * 2 ** failures).unref());
    }
  }
}
