/** A rate through given points. */
import { cosineBetween, type Schedule } from './schedule.ts';
import type { ScheduleSettings } from './schedulerSchema.ts';

/**
 * `initial * factor` at each point; before the first point its factor, after the last point that one's. Between two points the
 * factor of the left one (constant), or a line, half a cosine, or an exponential from one to the other.
 */
export function piecewise(
  { points, interpolation }: ScheduleSettings<'piecewise'>,
  initial: number,
): Schedule {
  return (count) => {
    const next = points.findIndex(([step]) => step > count);
    const [begin, from] = points[next < 0 ? points.length - 1 : Math.max(0, next - 1)] as [number, number];
    if (next <= 0 || interpolation === 'constant') return initial * from;
    const [end, to] = points[next] as [number, number];
    const progress = (count - begin) / (end - begin);
    if (interpolation === 'cosine') return initial * cosineBetween(from, to, progress);
    if (interpolation === 'exponential') return initial * from ** (1 - progress) * to ** progress;
    return initial * (from + (to - from) * progress);
  };
}
