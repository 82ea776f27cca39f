/** Which metrics the learning-rate schedules of a config listen to. */
import type { Config } from '../src/config/schema.ts';

/** Tags, each once. A schedule may lie within another one (after a warm-up, in a sequence). */
export function watchedMetrics(groups: Config['groups']): string[] {
  const found = Object.values(groups).flatMap(({ scheduler }) => metricsIn(scheduler));
  return [...new Set(found)];
}

function metricsIn(value: unknown): string[] {
  if (typeof value !== 'object' || value === null) return [];
  const own = 'metric' in value && typeof value.metric === 'string' ? [value.metric] : [];
  return [...own, ...Object.values(value).flatMap((inner) => metricsIn(inner))];
}
