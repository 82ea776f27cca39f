/** The operators that show how gradients and parameters are distributed. */
import { identity, type MonoTypeOperatorFunction, map, tap } from 'rxjs';
import { type Histogram, histogramOf } from '../../src/optimizers/histogram.ts';
import type { ParameterGroups } from '../../src/optimizers/optimizers.ts';
import type { Engine } from '../../src/tensors/engine.ts';
import type { MetricBus } from '../metricBus.ts';
import type { TrainStep } from '../step.ts';

/**
 * Measures the gradients as they come at this place of the pipe, in every n-th step that somebody watches;
 * {@link publishHistograms} publishes them once the step has happened. 0 steps: costs nothing.
 *
 * - Timing: synchronous; one emission per source emission, in order, no buffer.
 * - Ownership: reads the leased gradients, makes and disposes nothing.
 * - Errors: none of its own.
 * - Resume state: none.
 *
 * @example trainSteps(pipeline).pipe(measureGradients(bus, engine, 500), applyOptimizers(optimizers, schedulers))
 */
export function measureGradients(
  bus: Pick<MetricBus, 'observed'>,
  engine: Pick<Engine, 'read'>,
  everySteps: number,
): MonoTypeOperatorFunction<TrainStep> {
  if (everySteps === 0) return identity;
  return map((step) => {
    if (step.step % everySteps !== 0 || !bus.observed) return step;
    const gradientHistograms: Record<string, Histogram> = {};
    for (const [name, gradient] of Object.entries(step.gradients))
      gradientHistograms[name] = histogramOf(engine.read(gradient));
    return { ...step, gradientHistograms };
  });
}

/**
 * Publishes the histograms `parameters/<group>/<name>` and `gradients/<group>/<name>` in every n-th step. 0 steps: costs nothing.
 *
 * - Timing: synchronous; after the commit, so that a published step has happened.
 * - Ownership: reads parameters, and only when somebody receives them.
 * - Errors: none of its own; a subscriber that throws does not reach the stream.
 * - Resume state: none.
 *
 * @example source.pipe(commitSteps(pipeline), publishHistograms(bus, engine, pipeline.groups, 500))
 */
export function publishHistograms<Step extends TrainStep>(
  bus: MetricBus,
  engine: Pick<Engine, 'read'>,
  groups: ParameterGroups,
  everySteps: number,
): MonoTypeOperatorFunction<Step> {
  if (everySteps === 0) return identity;
  return tap(({ step, gradientHistograms = {} }) => {
    if (step % everySteps !== 0 || !bus.observed) return;
    for (const [group, parameters] of Object.entries(groups))
      for (const { name, variable } of parameters) {
        const gradient = gradientHistograms[name];
        if (gradient) bus.histogram(step, `gradients/${group}/${name}`, gradient);
        bus.histogram(step, `parameters/${group}/${name}`, histogramOf(engine.read(variable)));
      }
  });
}
