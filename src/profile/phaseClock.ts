/** Measures what takes how long: work by work, or what others have measured. */
import type { Clock } from '../clock.ts';
import type { TimePhase } from '../pipeline/pipeline.ts';

/** Told of every piece of work: its phase, and when it began and ended, in milliseconds of the clock's `monotonic`. */
export type PhaseListener = (phase: string, beganMs: number, endedMs: number) => void;

export interface PhaseClock {
  /** Runs the work, and counts its time for the phase even if it throws. Phases may lie within each other. */
  readonly time: TimePhase;
  /** Counts what was measured elsewhere. */
  readonly record: PhaseListener;
  /** Milliseconds of the clock that phases are measured with. */
  now(): number;
}

/** @example const { time } = createPhaseClock(systemClock, [(phase, began, ended) => show(phase, ended - began)]) */
export function createPhaseClock(
  clock: Pick<Clock, 'monotonic'>,
  listeners: readonly PhaseListener[],
): PhaseClock {
  const now = () => clock.monotonic();
  const record: PhaseListener = (phase, beganMs, endedMs) => {
    for (const listener of listeners) listener(phase, beganMs, endedMs);
  };
  return {
    now,
    record,
    time(phase, work) {
      const began = now();
      try {
        return work();
      } finally {
        record(phase, began, now());
      }
    },
  };
}

/** For pipelines that nobody measures. */
export const untimed: TimePhase = (_phase, work) => work();
