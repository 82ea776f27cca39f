/** What stands between a sink and its queue: takes events out of it, in turns of the event loop of its own. */
import type { EventQueue } from './eventQueue.ts';
import type { RunInfo } from './sink.ts';
import type { SinkAccount } from './sinkAccount.ts';

/** What a consumer works with. */
export interface SinkSupply {
  readonly run: RunInfo;
  readonly queue: EventQueue;
  readonly account: SinkAccount;
  /** Aborted when the run no longer waits. */
  readonly deadline: AbortSignal;
  /** Runs what the sink does in this thread, and counts how long it takes. */
  timed<T>(work: () => T): T;
}

export interface SinkConsumer {
  /** There may be events in the queue. Returns at once. */
  wake(): void;
  /** Resolves once what was queued before is dealt with. */
  idle(): Promise<void>;
  /** Takes the rest of the queue and ends the sink. What is left in the queue then is lost. @throws what ending throws */
  finish(): Promise<void>;
  /** The deadline has passed: cuts the sink off, and counts what it has not dealt with as lost. */
  abandon(): void;
}
