/** torch's CyclicLR (Smith 2017). */
import type { Schedule } from './schedule.ts';
import type { ScheduleSettings } from './schedulerSchema.ts';

/**
 * A triangle wave from the lower to the upper end in riseSteps and back in fallSteps; later cycles have the same height, half of
 * the last one's (triangular2), or `gamma^count` of the full one (expRange).
 */
export function cyclic(settings: ScheduleSettings<'cyclic'>, initial: number): Schedule {
  const { maxLearningRate, riseSteps, mode, gamma } = settings;
  const base = settings.baseLearningRate ?? initial;
  const fallSteps = settings.fallSteps ?? riseSteps;
  return (count) => {
    const cycle = Math.floor(count / (riseSteps + fallSteps));
    const since = count - cycle * (riseSteps + fallSteps);
    const height = since <= riseSteps ? since / riseSteps : 1 - (since - riseSteps) / fallSteps;
    const scale = mode === 'triangular' ? 1 : mode === 'triangular2' ? 2 ** -cycle : gamma ** count;
    return base + (maxLearningRate - base) * height * scale;
  };
}
