/** Says when a metric has stopped getting better. */
import { filter, map, type OperatorFunction, take } from 'rxjs';
import type { Patience } from '../../src/schedulers/patience.ts';
import type { MetricEvent, ScalarEvent } from '../metricEvent.ts';

/** Why training should end. */
export interface StopSignal {
  /** The step of the value that ended it. */
  readonly step: number;
  /** One sentence for the log. */
  readonly reason: string;
}

/**
 * Emits once, when the patience with a metric is at its end, and completes.
 *
 * - Timing: synchronous with the value that ends the patience; nothing before.
 * - Ownership: touches no tensor.
 * - Errors: none of its own.
 * - Resume state: the patience's `state()`. It is made outside, so that it outlives the subscription.
 *
 * @example trainer.metrics$.pipe(earlyStop('eval/psnr', createPatience({ mode: 'max', patience: 5, minimumDelta: 0.01 }))).subscribe(() => trainer.stop())
 */
export function earlyStop(metric: string, patience: Patience): OperatorFunction<MetricEvent, StopSignal> {
  return (metrics$) =>
    metrics$.pipe(
      filter((event): event is ScalarEvent => event.kind === 'scalar' && event.tag === metric),
      filter(({ value }) => patience.observe(value)),
      take(1),
      map(({ step }) => {
        const [best, values] = patience.state();
        return { step, reason: `${metric} did not get better than ${best} in ${values} values` };
      }),
    );
}
