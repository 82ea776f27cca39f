/** torch's OneCycleLR (Smith & Topin 2018). */
import { clamp01, cosineBetween, type Schedule } from './schedule.ts';
import type { ScheduleSettings } from './schedulerSchema.ts';

/**
 * Rises from `first = maxLearningRate / startDivisor` at count 0 to maxLearningRate at `riseFraction * totalSteps - 1`, and falls to
 * `first / finalDivisor` at `totalSteps - 1`, where it stays (torch raises an error beyond). With threePhase it falls to `first` as
 * fast as it rose, and then to the last rate.
 */
export function oneCycle(settings: ScheduleSettings<'oneCycle'>): Schedule {
  const { maxLearningRate: peak, totalSteps, riseFraction, anneal, threePhase } = settings;
  const first = peak / settings.startDivisor;
  const last = first / settings.finalDivisor;
  const rise = riseFraction * totalSteps - 1;
  const corners: [number, number][] = threePhase
    ? [
        [0, first],
        [rise, peak],
        [2 * rise, first],
        [totalSteps - 1, last],
      ]
    : [
        [0, first],
        [rise, peak],
        [totalSteps - 1, last],
      ];
  return (count) => {
    const index = corners.findIndex(([end], corner) => corner > 0 && count <= end);
    if (index < 0) return last;
    const [begin, from] = corners[index - 1] as [number, number];
    const [end, to] = corners[index] as [number, number];
    const progress = end > begin ? clamp01((count - begin) / (end - begin)) : 1;
    return anneal === 'cosine' ? cosineBetween(from, to, progress) : from + (to - from) * progress;
  };
}
