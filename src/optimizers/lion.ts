/** Lion: steps of one size, in the direction of the momentum's sign. */
import * as tf from '../tensors/tf.ts';
import { lerp, optimizerTransform } from './optimizerRule.ts';
import type { OptimizerSettings } from './optimizerSchema.ts';
import type { Transform } from './transform.ts';

/**
 * Chen et al. 2023, "Symbolic Discovery of Optimization Algorithms", algorithm 2:
 * ```text
 * p = p - rate * (sign(beta1 * m + (1 - beta1) * g) + weightDecay * p)
 * m = beta2 * m + (1 - beta2) * g
 * ```
 */
export function lion({ betas, weightDecay }: OptimizerSettings<'lion'>): Transform {
  const [beta1, beta2] = betas;
  return optimizerTransform<{ learningRate: number; keep: number }>({
    memory: { slots: { firstMoment: 0 }, scalars: { count: 0 } },
    coefficients: (learningRate, { count = 0 }) => ({
      step: { learningRate, keep: 1 - learningRate * weightDecay },
      scalars: { count: count + 1 },
    }),
    update(gradient, parameter, before, { learningRate, keep }) {
      const momentum = before['firstMoment'] as tf.Tensor;
      const move = tf.mul(tf.sign(lerp(momentum, gradient, 1 - beta1)), -learningRate);
      return {
        change: keep === 1 ? move : tf.add(tf.mul(parameter, keep - 1), move),
        slots: { firstMoment: lerp(momentum, gradient, 1 - beta2) },
      };
    },
    kernel: 'lionUpdate',
    kernelNumbers: ({ learningRate, keep }) => [1 - beta1, 1 - beta2, learningRate, keep],
  });
}
