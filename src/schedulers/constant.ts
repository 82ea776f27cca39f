/** The schedule that never changes, and the one that is lower at first (torch's ConstantLR). */
import type { Schedule } from './schedule.ts';
import type { ScheduleSettings } from './schedulerSchema.ts';

/** Always the initial rate. */
export function constant(initial: number): Schedule {
  return () => initial;
}

/** `initial * factor` during the first `totalSteps` steps, then `initial`. At totalSteps = 5: counts 0..4 have the factor, 5 has not. */
export function constantFactor(settings: ScheduleSettings<'constantFactor'>, initial: number): Schedule {
  return (count) => (count < settings.totalSteps ? initial * settings.factor : initial);
}
