/** An L2 penalty on some of the parameters. */
import * as tf from '../tensors/tf.ts';
import { perParameter } from './perParameter.ts';
import type { Transform } from './transform.ts';

export interface AddDecayedWeightsSettings {
  /** >= 0 */
  readonly weightDecay: number;
  /** Which parameters shrink, by name; default: all. */
  readonly mask?: (parameter: string) => boolean;
}

/** Adds `weightDecay * p` to the gradient of each parameter that the mask selects. */
export function addDecayedWeights({ weightDecay, mask = () => true }: AddDecayedWeightsSettings): Transform {
  return perParameter({
    memory: { slots: {}, scalars: {} },
    update: (gradient, _memory, parameter, _learningRate, name) => ({
      update: mask(name) ? tf.add(gradient, tf.mul(parameter, weightDecay)) : gradient,
    }),
    updateInPlace(kernels, { name, gradient, parameter, count }) {
      if (mask(name)) kernels.run('axpy', count, [gradient, parameter, weightDecay]);
    },
  });
}
