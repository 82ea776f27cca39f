/** The filter that most custom sinks begin with. */
import type { MetricEvent, ScalarEvent } from './metricEvent.ts';

/**
 * A type guard for scalars, of one tag or of any.
 *
 * @example metrics$.pipe(filter(isScalar('eval/psnr')), map(({ value }) => value))
 */
export function isScalar(tag?: string): (event: MetricEvent) => event is ScalarEvent {
  return (event): event is ScalarEvent => event.kind === 'scalar' && (tag === undefined || event.tag === tag);
}
