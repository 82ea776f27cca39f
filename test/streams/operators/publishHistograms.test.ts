import { of } from 'rxjs';
import { beforeAll, describe, expect, it } from 'vitest';
import { selectCpuBackend } from '../../../src/tensors/selectCpuBackend.ts';
import * as tf from '../../../src/tensors/tf.ts';
import { createMetricBus } from '../../../streams/metricBus.ts';
import type { MetricEvent } from '../../../streams/metricEvent.ts';
import { measureGradients, publishHistograms } from '../../../streams/operators/publishHistograms.ts';
import type { TrainStep } from '../../../streams/step.ts';
import { onTensors } from '../../support/cpuBackend.ts';

beforeAll(selectCpuBackend);

function run(everySteps: number, { watched = true } = {}) {
  const variable = tf.variable(tf.tensor1d([0, 1, 2, 3]));
  const gradient = tf.tensor1d([5, 5, 5, 5]);
  const groups = { group: [{ name: 'x', variable }] };
  const bus = createMetricBus();
  const events: MetricEvent[] = [];
  if (watched) bus.metrics$.subscribe((event) => events.push(event));
  let measured = 0;
  const steps = [1, 2, 3, 4].map((step): TrainStep => ({ step, losses: {}, gradients: { x: gradient } }));
  of(...steps)
    .pipe(measureGradients(bus, onTensors, everySteps), publishHistograms(bus, onTensors, groups, everySteps))
    .subscribe(({ gradientHistograms }) => {
      measured += gradientHistograms ? 1 : 0;
    });
  const intact = !variable.isDisposed && !gradient.isDisposed;
  tf.dispose([variable, gradient]);
  return { events, measured, intact };
}

describe('histograms', () => {
  it('of gradients and parameters come in every n-th step, and leave the tensors alone', () => {
    const { events, intact } = run(2);
    expect(events.map(({ step, tag, kind }) => [step, tag, kind])).toEqual(
      [2, 4].flatMap((step) => [
        [step, 'gradients/group/x', 'histogram'],
        [step, 'parameters/group/x', 'histogram'],
      ]),
    );
    const [gradients, parameters] = events;
    expect(gradients).toMatchObject({ edges: [4.5, 5.5], counts: [4] });
    const counts = parameters?.kind === 'histogram' ? parameters.counts : [];
    expect(counts.filter((count) => count > 0)).toEqual([1, 1, 1, 1]);
    expect(intact).toBe(true);
  });

  it('are not measured when they are off, or when nobody watches', () => {
    expect(run(0)).toMatchObject({ events: [], measured: 0 });
    expect(run(1, { watched: false })).toMatchObject({ events: [], measured: 0 });
  });
});
