/** Hands metrics and status over to another thread: in batches, and never more than that thread keeps up with. */
import type { TrainerStatus } from '../../machines/trainer.ts';
import { EventQueue } from '../../streams/eventQueue.ts';
import type { MetricEvent } from '../../streams/metricEvent.ts';

export interface RelayBatch {
  readonly metrics: readonly MetricEvent[];
  readonly statuses: readonly TrainerStatus[];
  readonly dropped: number;
}

export interface RelayLimits {
  /** Metrics that wait at most (a picture counts for its size); the oldest are dropped beyond it. */
  readonly maxEvents: number;
  /** Batches that may be under way. */
  readonly maxUnhandled: number;
}

export interface MetricRelay {
  /** Takes a metric; it leaves with the next batch. */
  metric(event: MetricEvent): void;
  /** Takes a status; the newest of each state in a row leaves with the next batch, so that no state goes unseen. */
  status(status: TrainerStatus): void;
  /** The receiver has handled a batch. */
  handled(): void;
  /** Resolves when everything was handled, or after `timeoutMs`. */
  drained(timeoutMs: number): Promise<void>;
}

const defaultLimits: RelayLimits = { maxEvents: 10_000, maxUnhandled: 4 };

/**
 * Collects what arrives within a macrotask and sends it as one batch. While `maxUnhandled` batches are under way it
 * keeps collecting, bounded by `limits`: a receiver that stands still costs metrics, never memory.
 */
export function metricRelay(
  send: (batch: RelayBatch) => void,
  limits: Partial<RelayLimits> = {},
): MetricRelay {
  const { maxEvents, maxUnhandled } = { ...defaultLimits, ...limits };
  const waiting = new EventQueue(maxEvents);
  let statuses: TrainerStatus[] = [];
  let dropped = 0;
  let unhandled = 0;
  let scheduled = false;
  let onDrained: (() => void) | undefined;

  const isEmpty = () => waiting.length === 0 && statuses.length === 0;
  const takeBatch = (): RelayBatch => {
    const batch = { metrics: waiting.take(waiting.length), statuses, dropped };
    statuses = [];
    dropped = 0;
    return batch;
  };
  const flush = () => {
    scheduled = false;
    if (isEmpty() || unhandled >= maxUnhandled) return;
    unhandled++;
    send(takeBatch());
  };
  const schedule = () => {
    if (scheduled) return;
    scheduled = true;
    setImmediate(flush);
  };

  return {
    metric(event) {
      dropped += waiting.push(event);
      schedule();
    },
    status(status) {
      if (statuses.at(-1)?.state === status.state) statuses.pop();
      statuses.push(status);
      if (statuses.length > 100) statuses.shift();
      schedule();
    },
    handled() {
      unhandled--;
      if (!isEmpty()) schedule();
      else if (unhandled === 0) onDrained?.();
    },
    drained(timeoutMs) {
      if (isEmpty() && unhandled === 0) return Promise.resolve();
      return new Promise((resolve) => {
        const timer = setTimeout(resolve, timeoutMs);
        onDrained = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    },
  };
}
