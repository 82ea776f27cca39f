/** How fast a run trains and draws: over the last seconds of wall time. */

export interface RateMeter {
  /** So many steps are committed now. */
  step(step: number): void;
  /** A picture has come, for which the training stood still so long. */
  picture(stoodStillMs: number): void;
  read(): {
    readonly stepsPerSecond: number;
    /** 0..1 */
    readonly measuredShare: number;
    readonly picturesPerSecond: number;
  };
}

const windowMs = 5_000;

/** @param now milliseconds of a clock that only moves forward */
export function createRateMeter(now: () => number = () => performance.now()): RateMeter {
  const began = now();
  let steps: { readonly at: number; readonly step: number }[] = [];
  let pictures: { readonly at: number; readonly milliseconds: number }[] = [];
  const recent = <T extends { readonly at: number }>(list: T[]): T[] =>
    list.filter(({ at }) => now() - at <= windowMs);
  return {
    step(step) {
      steps = [...recent(steps), { at: now(), step }];
    },
    picture(stoodStillMs) {
      pictures = [...recent(pictures), { at: now(), milliseconds: stoodStillMs }];
    },
    read() {
      const elapsedMs = Math.max(1, Math.min(windowMs, now() - began));
      const shown = recent(pictures);
      const [first, last] = [steps[0], steps.at(-1)];
      const span = first && last ? last.at - first.at : 0;
      const stoodStillMs = shown.reduce((sum, { milliseconds }) => sum + milliseconds, 0);
      return {
        stepsPerSecond: span > 0 ? Math.max(0, ((last!.step - first!.step) / span) * 1000) : 0,
        measuredShare: Math.min(1, stoodStillMs / elapsedMs),
        picturesPerSecond: (shown.length / elapsedMs) * 1000,
      };
    },
  };
}
