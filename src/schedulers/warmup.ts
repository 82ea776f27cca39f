/** A warm-up as a wrapper for any schedule. */
import type { Schedule } from './schedule.ts';
import type { ScheduleSettings } from './schedulerSchema.ts';

/**
 * The factor on the rate: from startFactor at count 0 to 1 at `steps` and later, on a line or the rising half of a cosine.
 * The schedule beneath counts from the first step, so it is where it would be without warm-up when the ramp ends.
 */
export function warmupFactor(settings: Omit<ScheduleSettings<'warmup'>, 'schedule'>): Schedule {
  const { steps, startFactor, ramp } = settings;
  return (count) => {
    if (count >= steps) return 1;
    const progress = count / steps;
    const shape = ramp === 'cosine' ? (1 - Math.cos(Math.PI * progress)) / 2 : progress;
    return startFactor + (1 - startFactor) * shape;
  };
}

/** `schedule`, with the ramp as a factor on it. */
export function warmup(settings: Omit<ScheduleSettings<'warmup'>, 'schedule'>, schedule: Schedule): Schedule {
  const factor = warmupFactor(settings);
  return (count) => factor(count) * schedule(count);
}
