/** torch's SequentialLR. */
import type { Schedule } from './schedule.ts';

/**
 * One schedule after the other: schedule k + 1 takes over at count = milestones[k], and counts from 0 there.
 * @param schedules one more than milestones
 */
export function sequential(schedules: readonly Schedule[], milestones: readonly number[]): Schedule {
  return (count) => {
    const part = milestones.filter((milestone) => milestone <= count).length;
    const begin = part === 0 ? 0 : (milestones[part - 1] as number);
    return (schedules[part] as Schedule)(count - begin);
  };
}
