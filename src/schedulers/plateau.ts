/** torch's ReduceLROnPlateau: the one schedule that is no function of the count alone; it watches a metric. */
import type { ScheduleSettings } from './schedulerSchema.ts';

/** A rate that falls when a metric stops getting better. */
export interface Plateau {
  rate(): number;
  /** Hears the metric's next value; NaN counts as no improvement. */
  observe(value: number): void;
  /** [rate, best value, values without improvement, cooldown left]: all that it remembers. */
  state(): readonly [number, number, number, number];
  restore(state: ArrayLike<number>): void;
}

/**
 * Multiplies the rate by `factor` after more than `patience` values in a row that were no improvement on the best one; then
 * `cooldown` values are not counted. Better (mode min) is: value < best * (1 - threshold), or best - threshold (absolute).
 */
export function plateau(settings: ScheduleSettings<'reduceOnPlateau'>, initial: number): Plateau {
  const { mode, factor, patience, threshold, thresholdMode, cooldown, minLearningRate, eps } = settings;
  const sign = mode === 'min' ? 1 : -1;
  let rate = initial;
  let best = sign * Number.POSITIVE_INFINITY;
  let bad = 0;
  let resting = 0;

  const isBetter = (value: number) => {
    if (!Number.isFinite(best)) return sign * value < sign * best;
    const bar = thresholdMode === 'relative' ? best * (1 - sign * threshold) : best - sign * threshold;
    return sign * value < sign * bar;
  };
  return {
    rate: () => rate,
    observe(value) {
      if (isBetter(value)) {
        best = value;
        bad = 0;
      } else bad++;
      if (resting > 0) {
        resting--;
        bad = 0;
      }
      if (bad <= patience) return;
      const reduced = Math.max(rate * factor, minLearningRate);
      if (rate - reduced > eps) rate = reduced;
      resting = cooldown;
      bad = 0;
    },
    state: () => [rate, best, bad, resting],
    restore(state) {
      [rate, best, bad, resting] = Array.from(state) as [number, number, number, number];
    },
  };
}
