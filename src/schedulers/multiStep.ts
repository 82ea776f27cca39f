/** Falls at given steps, or every so many steps. */
import type { Schedule } from './schedule.ts';
import type { ScheduleSettings } from './schedulerSchema.ts';

/** `initial * gamma^(milestones reached)`: a milestone m counts from count = m on. (torch's MultiStepLR) */
export function multiStep(settings: ScheduleSettings<'multiStep'>, initial: number): Schedule {
  const { milestones, gamma } = settings;
  return (count) => initial * gamma ** milestones.filter((milestone) => milestone <= count).length;
}

/** `initial * gamma^floor(count / stepSize)`. (torch's StepLR) */
export function step({ stepSize, gamma }: ScheduleSettings<'step'>, initial: number): Schedule {
  return (count) => initial * gamma ** Math.floor(count / stepSize);
}

/** `initial * gamma^count`. (torch's ExponentialLR) */
export function exponential({ gamma }: ScheduleSettings<'exponential'>, initial: number): Schedule {
  return (count) => initial * gamma ** count;
}
