/** Where a run stands in what goes by its steps (schedules, shares of `maxSteps`), also when a time ends it before it has made them all. */

export interface Horizon {
  /** Of the step that is computed, from 1. Without a time to fit to it is the step's number. */
  readonly position: number;
  /** A step was made. @param trainSeconds of training so far @returns by how much the position has moved: 1 or more */
  advance(trainSeconds: number): number;
}

export interface HorizonSettings {
  readonly maxSteps: number;
  readonly maxSeconds?: number | undefined;
  /** Whether `maxSteps` are walked through within `maxSeconds` where the machine is too slow for so many. */
  readonly fitToTime: boolean;
}

/** Until this share of the time nothing is known of the machine's speed: first steps take longer. */
const unknownUntil = 0.02;

/**
 * The position of the next step is one more, or `maxSteps` times the share of `maxSeconds` that is over where that is more: a run that its time will end early walks faster
 * and is at `maxSteps` when it ends. Quick steps at its beginning (small pictures, few splats) are then more of its steps than they would be by number. It goes
 * by a clock, and no two runs are the same.
 *
 * @param step the first one to come @param trainSeconds of training that lie behind
 */
export function createHorizon(
  { maxSteps, maxSeconds, fitToTime }: HorizonSettings,
  step: number,
  trainSeconds: number,
): Horizon {
  const byTime = (seconds: number): number => {
    if (!fitToTime || maxSeconds === undefined || seconds < unknownUntil * maxSeconds) return 0;
    return maxSteps * Math.min(1, seconds / maxSeconds);
  };
  let position = Math.max(step, byTime(trainSeconds));
  return {
    get position() {
      return position;
    },
    advance(seconds) {
      const before = position;
      position = Math.max(position + 1, byTime(seconds));
      return position - before;
    },
  };
}
