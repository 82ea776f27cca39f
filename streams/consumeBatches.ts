/** Writes the events of a queue in batches, and tries again what failed: what stands behind `defineSink`. */
import { SinkError } from '../src/errors.ts';
import type { MetricEvent } from './metricEvent.ts';
import { isRollback } from './rollback.ts';
import type { SinkDefinition } from './sink.ts';
import type { SinkConsumer, SinkSupply } from './sinkConsumer.ts';
import { yieldToEventLoop } from './yieldToEventLoop.ts';

/** After so many failures in a row of one batch, people are told that it is being tried again. */
const failuresWorthSaying = 3;

export function consumeBatches(sink: SinkDefinition, supply: SinkSupply): SinkConsumer {
  const { queue, account, deadline } = supply;
  const { everyMs = 1_000, count = 1_000 } = sink.batch ?? {};
  const writer = batchWriter(sink, supply);
  let writing: Promise<void> | undefined;
  let timer: NodeJS.Timeout | undefined;
  let callOffTurn: (() => void) | undefined;
  let timeIsUp = false;
  let ending = false;

  const isDue = () => queue.length > 0 && (queue.length >= count || timeIsUp || ending);
  /** All that ever writes: there is one loop at a time, so batches come in order. */
  const writeAll = async (): Promise<void> => {
    while (isDue() && !deadline.aborted) {
      timeIsUp = false;
      await writer.write(queue.take(count, isRollback));
    }
    writing = undefined;
    wake();
  };
  const begin = (): void => {
    clearTimeout(timer);
    callOffTurn?.();
    timer = callOffTurn = undefined;
    writing ??= writeAll();
  };
  const wake = (): void => {
    if (writing || queue.length === 0 || deadline.aborted) return;
    if (isDue()) callOffTurn ??= yieldToEventLoop(begin);
    else timer ??= setTimeout(onTime, everyMs).unref();
  };
  const onTime = (): void => {
    timeIsUp = true;
    begin();
  };
  return {
    wake,
    idle: async () => writing,
    async finish() {
      ending = true;
      begin();
      await writing;
      await writer.close();
    },
    abandon() {
      clearTimeout(timer);
      callOffTurn?.();
      account.dropped(writer.inFlight);
    },
  };
}

interface BatchWriter {
  /** Events of the batch that is being written. */
  readonly inFlight: number;
  /** Resolves when the batch is written or lost, and counted. */
  write(events: readonly MetricEvent[]): Promise<void>;
  /** @throws what the sink's closing throws */
  close(): Promise<void>;
}

function batchWriter(sink: SinkDefinition, { run, account, deadline, timed }: SinkSupply): BatchWriter {
  let opened = false;
  let inFlight = 0;
  /** Why the sink has failed for good. */
  let broken: SinkError | undefined;

  const countLost = (events: number, error?: unknown): void => {
    if (deadline.aborted) return;
    account.takenBack(events);
    if (error !== undefined) account.failed(error);
  };
  const attempt = async (events: readonly MetricEvent[]): Promise<void> => {
    if (broken) throw broken;
    if (!opened) await timed(() => sink.open?.(run, deadline, countLost));
    opened = true;
    const [first] = events;
    let batch = events;
    if (first && isRollback(first)) {
      await timed(() => sink.forget?.(first.step, run));
      if (sink.takes?.(first) === false) batch = events.slice(1);
    }
    if (batch.length > 0) await timed(() => sink.write(batch, run, deadline));
  };
  return {
    get inFlight() {
      return inFlight;
    },
    async write(events) {
      inFlight = events.length;
      try {
        const onRetry = (error: unknown) => account.retrying(error);
        await withRetries(() => attempt(events), sink, deadline, onRetry);
        if (deadline.aborted) return;
        account.delivered(events.length);
      } catch (error) {
        if (error instanceof SinkError) broken = error;
        if (deadline.aborted) return;
        account.dropped(events.length);
        account.failed(error);
      }
      inFlight = 0;
    },
    async close() {
      if (opened) await sink.close?.();
    },
  };
}

/**
 * Tries again after growing pauses: what a network or a busy disk asks for.
 *
 * @throws the last error of `action`, once the policy, a `SinkError` or the deadline says that it was the last attempt
 */
async function withRetries(
  action: () => Promise<void>,
  { retry = {} }: SinkDefinition,
  deadline: AbortSignal,
  onRetry: (error: unknown) => void,
): Promise<void> {
  const { times = 3, backoffMs = 100, longestMs = 10_000, when = () => true } = retry;
  for (let failures = 0; ; failures++) {
    try {
      return await action();
    } catch (error) {
      if (failures >= times || deadline.aborted || error instanceof SinkError || !when(error)) throw error;
      if (failures + 1 === failuresWorthSaying) onRetry(error);
      const pauseMs = Math.min(longestMs, backoffMs * 2 ** failures);
      await new Promise((resolve) => setTimeout(resolve, pauseMs).unref());
    }
  }
}
