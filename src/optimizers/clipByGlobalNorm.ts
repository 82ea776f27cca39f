/** Limits the length of all gradients together. */
import * as tf from '../tensors/tf.ts';
import { initialState, type Transform } from './transform.ts';

/**
 * Scales all gradients by `min(1, maxNorm / (norm + 1e-6))`, norm being that of all of them as one vector. (torch's clip_grad_norm_)
 * @param settings.maxNorm > 0
 */
export function clipByGlobalNorm({ maxNorm }: { readonly maxNorm: number }): Transform {
  const memory = { slots: {}, scalars: {} };
  return {
    memory,
    init: (parameters) => initialState(memory, parameters),
    update(updates, state) {
      const gradients = Object.values(updates);
      if (gradients.length === 0) return { updates, state };
      const squares = tf.tidy(
        () => tf.addN(gradients.map((gradient) => tf.sum(tf.square(gradient)))).dataSync()[0]!,
      );
      const factor = normFactor(maxNorm, Math.sqrt(squares));
      if (factor === 1) return { updates, state };
      const scaled = Object.entries(updates).map(
        ([name, gradient]) => [name, tf.mul(gradient, factor)] as const,
      );
      tf.dispose(gradients);
      return { updates: Object.fromEntries(scaled), state };
    },
    updateInPlace(kernels, blocks) {
      let squares = 0;
      for (const { gradient, count } of blocks) squares += kernels.sum('sumOfSquares', count, [gradient]);
      const factor = normFactor(maxNorm, Math.sqrt(squares));
      if (factor === 1) return;
      for (const { gradient, count } of blocks) kernels.run('scaleInPlace', count, [gradient, factor]);
    },
  };
}

/** What torch multiplies gradients of norm `norm` with; NaN for a norm that is NaN. */
export function normFactor(maxNorm: number, norm: number): number {
  return Math.min(1, maxNorm / (norm + 1e-6));
}
