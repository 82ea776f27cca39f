/** nerfstudio's cosine decay with a linear warm-up. */
import { cosineBetween, type Schedule } from './schedule.ts';
import type { ScheduleSettings } from './schedulerSchema.ts';

/**
 * With w = warmupSteps and f = finalFactor:
 * ```text
 * count < w: initial * count / w
 * else:      initial * (f + (1 - f) * (1 + cos(pi * t)) / 2),   t = (count - w) / (maxSteps - w), at most 1
 * ```
 * Count 0 gives 0 (initial without warm-up), w gives initial, maxSteps and later give initial * f: in nerfstudio the rate rises
 * again after maxSteps.
 */
export function cosineDecay(settings: ScheduleSettings<'cosineDecay'>, initial: number): Schedule {
  const { warmupSteps, maxSteps, finalFactor } = settings;
  return (count) => {
    if (count < warmupSteps) return (initial * count) / warmupSteps;
    if (count >= maxSteps) return initial * finalFactor;
    return initial * cosineBetween(1, finalFactor, (count - warmupSteps) / (maxSteps - warmupSteps));
  };
}
