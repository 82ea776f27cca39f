/** Limits the length of each parameter's gradient. */
import * as tf from '../tensors/tf.ts';
import { normFactor } from './clipByGlobalNorm.ts';
import { perParameter } from './perParameter.ts';
import type { Transform } from './transform.ts';

/**
 * Scales the gradient of each parameter on its own, by `min(1, maxNorm / (norm + 1e-6))`. (Keras' `clipnorm`)
 * @param settings.maxNorm > 0
 */
export function clipByElementNorm({ maxNorm }: { readonly maxNorm: number }): Transform {
  return perParameter({
    memory: { slots: {}, scalars: {} },
    update(gradient) {
      const norm = Math.sqrt(tf.sum(tf.square(gradient)).dataSync()[0] as number);
      const factor = normFactor(maxNorm, norm);
      return { update: factor === 1 ? gradient : tf.mul(gradient, factor) };
    },
    updateInPlace(kernels, { gradient, count }) {
      const norm = Math.sqrt(kernels.sum('sumOfSquares', count, [gradient]));
      const factor = normFactor(maxNorm, norm);
      if (factor !== 1) kernels.run('scaleInPlace', count, [gradient, factor]);
    },
  });
}
