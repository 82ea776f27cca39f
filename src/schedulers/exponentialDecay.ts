/** nerfstudio's exponential decay with a pre-warm-up. */
import { clamp01, type Schedule } from './schedule.ts';
import type { ScheduleSettings } from './schedulerSchema.ts';
import { ramps } from './warmup.ts';

/**
 * With w = warmupSteps, from the pre-warm-up rate a to the initial rate b and then to the final rate c:
 * ```text
 * count < w: a + (b - a) * sin(pi/2 * count / w)        ramp linear: a + (b - a) * count / w
 * else:      b^(1 - t) * c^t,   t = (count - w) / (maxSteps - w), at most 1
 * ```
 * Count 0 gives a (b without warm-up), w gives b, maxSteps and later give c. Where maxSteps equals w nerfstudio divides 0 by 0;
 * here the final rate follows the warm-up at once.
 */
export function exponentialDecay(settings: ScheduleSettings<'exponentialDecay'>, initial: number): Schedule {
  const { warmupSteps, maxSteps, preWarmupLearningRate: start, ramp } = settings;
  const final = settings.finalLearningRate ?? initial;
  return (count) => {
    if (count < warmupSteps) {
      // What nerfstudio calls a cosine is the first quarter of a sine.
      const rise = ramp === 'cosine' ? ramps.sine : ramps.linear;
      return start + (initial - start) * rise(count / warmupSteps);
    }
    if (count >= maxSteps) return final;
    const progress = clamp01((count - warmupSteps) / (maxSteps - warmupSteps));
    return Math.exp(Math.log(initial) * (1 - progress) + Math.log(final) * progress);
  };
}
