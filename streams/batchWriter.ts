/** Gathers events in a bounded queue and writes them in batches: what stands behind `defineSink`. */
import { SinkError } from '../src/errors.ts';
import type { SinkDefinition } from './defineSink.ts';
import { EventQueue } from './eventQueue.ts';
import type { MetricEvent } from './metricEvent.ts';
import type { RunInfo, SinkControl } from './sink.ts';
import { withRetries } from './withRetries.ts';

export interface BatchWriter {
  /** Queues an event and returns at once. */
  push(event: MetricEvent): void;
  /** Writes the rest and closes. Rejects with what closing throws. */
  finish(): Promise<void>;
}

/** After so many failures in a row of one batch, people are told that it is being tried again. */
const failuresWorthSaying = 3;

/** @param queueSize events that wait at most; beyond it the oldest are lost, and counted */
export function createBatchWriter(
  { takes, open, write, close, batch = {}, retry = {} }: SinkDefinition,
  queueSize: number,
  run: RunInfo,
  control: SinkControl | undefined,
): BatchWriter {
  const { everyMs = 1_000, count = 1_000 } = batch;
  const queue = new EventQueue(queueSize);
  const deadline = control?.deadline ?? new AbortController().signal;
  let opened = false;
  /** Why the sink has failed for good. */
  let broken: SinkError | undefined;
  let writing: Promise<void> | undefined;
  let timer: NodeJS.Timeout | undefined;
  let inFlight = 0;
  /** No event comes any more: `finish` alone writes from now on. */
  let ended = false;

  const attempt = async (events: readonly MetricEvent[]): Promise<void> => {
    if (broken) throw broken;
    if (!opened) await open?.(run, deadline);
    opened = true;
    await write(events, run, deadline);
  };
  const onRetry = (error: unknown, failures: number): void => {
    if (failures === failuresWorthSaying) control?.retrying(error);
  };

  const writeBatch = async (): Promise<void> => {
    const events = queue.take(count);
    inFlight = events.length;
    try {
      const when = (error: unknown) => !(error instanceof SinkError) && (retry.when?.(error) ?? true);
      await withRetries(() => attempt(events), { ...retry, when }, { deadline, onRetry });
    } catch (error) {
      if (!deadline.aborted) control?.lost(events.length, error);
      if (error instanceof SinkError) broken = error;
    }
    inFlight = 0;
  };

  /** Writes until fewer than a full batch are left, or nothing at all. */
  const writeWhile = async (more: () => boolean): Promise<void> => {
    while (more() && !deadline.aborted) await writeBatch();
    writing = undefined;
  };

  const begin = (): void => {
    clearTimeout(timer);
    timer = undefined;
    writing ??= writeWhile(() => queue.length >= count).then(rearm);
  };
  const rearm = (): void => {
    if (queue.length > 0 && !ended) timer ??= setTimeout(flush, everyMs).unref();
  };
  const flush = (): void => {
    timer = undefined;
    writing ??= writeBatch()
      .then(() => writeWhile(() => queue.length >= count))
      .then(rearm);
  };

  deadline.addEventListener('abort', () => {
    clearTimeout(timer);
    control?.lost(inFlight + queue.clear());
  });

  return {
    push(event) {
      if (takes && !takes(event)) return;
      const dropped = queue.push(event);
      if (dropped > 0) control?.lost(dropped);
      if (queue.length >= count) begin();
      else rearm();
    },
    async finish() {
      ended = true;
      clearTimeout(timer);
      await writing;
      await writeWhile(() => queue.length > 0);
      if (opened) await close?.();
    },
  };
}
