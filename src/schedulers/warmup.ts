/** How a rate rises at the beginning, and a warm-up as a wrapper for any schedule. */
import type { Schedule } from './schedule.ts';
import type { ScheduleSettings } from './schedulerSchema.ts';

/** From 0 to 1 as `progress` goes from 0 to 1: a line, the first quarter of a sine, or the rising half of a cosine. */
export const ramps = {
  linear: (progress: number) => progress,
  sine: (progress: number) => Math.sin((Math.PI / 2) * progress),
  cosine: (progress: number) => (1 - Math.cos(Math.PI * progress)) / 2,
};

/**
 * `schedule` with a factor on it: from startFactor at count 0 to 1 at `steps` and later, on a line or the rising half of a cosine.
 * The schedule counts from the first step, so it is where it would be without warm-up when the ramp ends.
 */
export function warmup(settings: Omit<ScheduleSettings<'warmup'>, 'schedule'>, schedule: Schedule): Schedule {
  const { steps, startFactor, ramp } = settings;
  const factor = (count: number) =>
    count >= steps ? 1 : startFactor + (1 - startFactor) * ramps[ramp](count / steps);
  return (count) => factor(count) * schedule(count);
}
