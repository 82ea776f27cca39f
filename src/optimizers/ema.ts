/** A moving average of the parameters, which often evaluates better than they do. */
import * as tf from '../tensors/tf.ts';
import { perParameter } from './perParameter.ts';
import type { Transform } from './transform.ts';

export interface EmaSettings {
  /** Share of the average that is kept at each update, in 0..1; for example 0.999. */
  readonly decay: number;
  /** Steps between updates, at least 1 (default): an average over many steps loses nothing by seeing every fourth only, and costs a quarter. */
  readonly every?: number;
  /**
   * The k-th update keeps min(decay, (1 + k) / (r + k)), so that the first parameters are soon forgotten: true is r = 10, as TensorFlow's
   * ExponentialMovingAverage with num_updates has it. The average looks back over about 1 / (r - 1) of the run until `decay` bounds it.
   */
  readonly rampUp?: boolean | number;
}

/**
 * `average = average + (1 - decay) * (p - average)` every `every` steps, beginning with the initial parameters (Polyak & Juditsky 1992).
 * Comes after the optimizer; the average is the slot `average` of its state, and so part of checkpoints.
 */
export function ema({ decay, every = 1, rampUp = false }: EmaSettings): Transform {
  const ramp = rampUp === true ? 10 : rampUp;
  const keptAt = (update: number) => (ramp ? Math.min(decay, (1 + update) / (ramp + update)) : decay);
  return perParameter({
    memory: { slots: { average: 'parameter' }, scalars: { emaCount: 0 } },
    update(change, { slots, scalars: { emaCount = 0 } }, parameter) {
      const scalars = { emaCount: emaCount + 1 };
      if (scalars.emaCount % every !== 0) return { update: change, scalars };
      const before = slots['average'] as tf.Tensor;
      const moved = tf.add(parameter, change);
      const share = 1 - keptAt(scalars.emaCount / every);
      return {
        update: change,
        slots: { average: tf.add(before, tf.mul(tf.sub(moved, before), share)) },
        scalars,
      };
    },
    updateInPlace(kernels, { parameter, slots, scalars, count }) {
      const emaCount = (scalars['emaCount'] ?? 0) + 1;
      scalars['emaCount'] = emaCount;
      if (emaCount % every !== 0) return;
      const share = 1 - keptAt(emaCount / every);
      kernels.run('lerpInPlace', count, [slots['average'] as number, parameter, share]);
    },
  });
}
