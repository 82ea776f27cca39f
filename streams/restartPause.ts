/** When a sink that failed may start again: after a pause that doubles with every failure in a row. */

export interface RestartPause {
  /** Whether it is not yet time. */
  readonly waiting: boolean;
  /** Something worked: the next pause is short again. */
  succeeded(): void;
  /** Begins the next pause. */
  failed(): void;
  /** The run ends: no more pauses, and few more restarts. */
  hurry(): void;
  /** Whether those are used up. */
  readonly exhausted: boolean;
}

const firstPauseMs = 50;
const longestPauseMs = 10_000;
/** How often a failing sink is started again once the run has ended. */
const finalRestarts = 3;

/** @param resume called when a pause is over; the pause does not keep the process alive */
export function createRestartPause(resume: () => void): RestartPause {
  let failures = 0;
  let timer: NodeJS.Timeout | undefined;
  let restartsLeft = Number.POSITIVE_INFINITY;
  return {
    get waiting() {
      return timer !== undefined;
    },
    get exhausted() {
      return restartsLeft < 0;
    },
    succeeded() {
      failures = 0;
    },
    failed() {
      failures++;
      restartsLeft--;
      if (restartsLeft !== Number.POSITIVE_INFINITY) {
        resume();
        return;
      }
      const pauseMs = Math.min(longestPauseMs, firstPauseMs * 2 ** (failures - 1));
      timer = setTimeout(() => {
        timer = undefined;
        resume();
      }, pauseMs).unref();
    },
    hurry() {
      clearTimeout(timer);
      timer = undefined;
      restartsLeft = finalRestarts;
      resume();
    },
  };
}
