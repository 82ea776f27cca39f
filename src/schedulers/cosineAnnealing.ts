/** torch's cosine annealing, with and without restarts. */
import { cosineBetween, type Schedule } from './schedule.ts';
import type { ScheduleSettings } from './schedulerSchema.ts';

/**
 * `min + (initial - min) * (1 + cos(pi * count / halfPeriod)) / 2`: initial at 0, min at halfPeriod, initial at 2 halfPeriod.
 * (torch's CosineAnnealingLR)
 */
export function cosineAnnealing(settings: ScheduleSettings<'cosineAnnealing'>, initial: number): Schedule {
  return (count) => cosineBetween(initial, settings.minLearningRate, count / settings.halfPeriod);
}

/**
 * The falling half of the cosine, begun anew after firstPeriod, then firstPeriod * periodFactor, ... steps.
 * At firstPeriod 10, periodFactor 2: initial at counts 0, 10, 30, 70. (torch's CosineAnnealingWarmRestarts; Loshchilov & Hutter 2017)
 */
export function cosineAnnealingWarmRestarts(
  settings: ScheduleSettings<'cosineAnnealingWarmRestarts'>,
  initial: number,
): Schedule {
  const { firstPeriod, periodFactor, minLearningRate } = settings;
  return (count) => {
    let period = firstPeriod;
    let since = count;
    if (periodFactor === 1) since %= firstPeriod;
    while (since >= period) {
      since -= period;
      period *= periodFactor;
    }
    return cosineBetween(initial, minLearningRate, since / period);
  };
}
