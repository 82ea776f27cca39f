/** The account of one sink: how many events it got, how many were lost, and why; says the first trouble in the log. */
import type { Log } from '../src/log.ts';
import type { SinkReport } from './sink.ts';

export interface SinkAccount {
  /** One event was handed over. */
  delivered(): void;
  /** Events were lost before they were handed over. */
  dropped(count: number): void;
  /** Events were lost after they had been handed over. */
  takenBack(count: number): void;
  /** The queue ran over: says so, the first time. */
  overflowed(): void;
  /** The sink failed: says so, the first time. */
  failed(error: unknown): void;
  /** The sink failed and tries again: says so, the first time. */
  retrying(error: unknown): void;
  /** The run no longer waits for the sink: says so. */
  tooLate(flushTimeoutMs: number): void;
  report(): SinkReport;
}

export function createSinkAccount(name: string, log: Pick<Log, 'warn'>): SinkAccount {
  let delivered = 0;
  let dropped = 0;
  let error: string | undefined;
  let overflowSaid = false;
  let retrySaid = false;
  return {
    delivered() {
      delivered++;
    },
    dropped(count) {
      dropped += count;
    },
    takenBack(count) {
      delivered = Math.max(0, delivered - count);
      dropped += count;
    },
    overflowed() {
      if (!overflowSaid)
        log.warn(
          { sink: name },
          `The sink "${name}" cannot keep up: its oldest events are dropped and counted.`,
        );
      overflowSaid = true;
    },
    failed(reason) {
      const message = firstLineOf(reason);
      if (error === undefined)
        log.warn(
          { sink: name },
          `The sink "${name}" failed: ${message}. Training goes on; this is said once.`,
        );
      error = message;
    },
    retrying(reason) {
      if (!retrySaid)
        log.warn(
          { sink: name },
          `The sink "${name}" failed and tries again: ${firstLineOf(reason)}. Nothing is lost yet; this is said once.`,
        );
      retrySaid = true;
    },
    tooLate(flushTimeoutMs) {
      error = `did not finish within ${flushTimeoutMs} ms of the run's end`;
      log.warn({ sink: name }, `The sink "${name}" ${error}; what it has not dealt with is lost.`);
    },
    report: () => ({ name, delivered, dropped, ...(error === undefined ? {} : { error }) }),
  };
}

function firstLineOf(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).split('\n', 1)[0]!;
}
