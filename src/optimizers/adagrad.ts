/** Adagrad, as torch.optim.Adagrad. */
import * as tf from '../tensors/tf.ts';
import { optimizerTransform, withPenalty } from './optimizerRule.ts';
import type { OptimizerSettings } from './optimizerSchema.ts';
import type { Transform } from './transform.ts';

/**
 * ```text
 * g = gradient + weightDecay * p
 * s = s + g^2                                   s begins with initialAccumulator
 * p = p - rate / (1 + (t - 1) * learningRateDecay) * g / (sqrt(s) + eps)
 * ```
 */
export function adagrad(settings: OptimizerSettings<'adagrad'>): Transform {
  const { learningRateDecay, initialAccumulator, eps, weightDecay } = settings;
  return optimizerTransform<{ stepSize: number }>({
    memory: { slots: { sumOfSquares: initialAccumulator }, scalars: { count: 0 } },
    coefficients: (learningRate, { count = 0 }) => ({
      step: { stepSize: learningRate / (1 + count * learningRateDecay) },
      scalars: { count: count + 1 },
    }),
    update(gradient, parameter, before, { stepSize }) {
      const g = withPenalty(gradient, parameter, weightDecay);
      const sumOfSquares = tf.add(before['sumOfSquares'] as tf.Tensor, tf.square(g));
      const change = tf.div(tf.mul(g, -stepSize), tf.add(tf.sqrt(sumOfSquares), eps));
      return { change, slots: { sumOfSquares } };
    },
    kernel: 'adagradUpdate',
    kernelNumbers: ({ stepSize }) => [stepSize, eps, weightDecay],
  });
}
