/** torch's linear and polynomial schedules. */
import type { Schedule } from './schedule.ts';
import type { ScheduleSettings } from './schedulerSchema.ts';

/** From `initial * startFactor` at 0 to `initial * endFactor` at totalSteps and later, on a straight line. (torch's LinearLR) */
export function linear(settings: ScheduleSettings<'linear'>, initial: number): Schedule {
  const { startFactor, endFactor, totalSteps } = settings;
  return (count) =>
    initial * (startFactor + (endFactor - startFactor) * (Math.min(count, totalSteps) / totalSteps));
}

/** `initial * (1 - count / totalSteps)^power`; 0 from totalSteps on. (torch's PolynomialLR) */
export function polynomial({ totalSteps, power }: ScheduleSettings<'polynomial'>, initial: number): Schedule {
  return (count) => (count >= totalSteps ? 0 : initial * (1 - count / totalSteps) ** power);
}
