/** Adam by the infinity norm, as torch.optim.Adamax. */
import * as tf from '../tensors/tf.ts';
import { lerp, optimizerTransform, withPenalty } from './optimizerRule.ts';
import type { OptimizerSettings } from './optimizerSchema.ts';
import type { Transform } from './transform.ts';

/**
 * ```text
 * g = gradient + weightDecay * p
 * m = m + (1 - beta1) * (g - m)                 u = max(beta2 * u, |g| + eps)
 * p = p - rate / (1 - beta1^t) * m / u
 * ```
 */
export function adamax({ betas, eps, weightDecay }: OptimizerSettings<'adamax'>): Transform {
  const [beta1, beta2] = betas;
  return optimizerTransform<{ stepSize: number }>({
    memory: { slots: { firstMoment: 0, largest: 0 }, scalars: { count: 0 } },
    coefficients: (learningRate, { count = 0 }) => ({
      step: { stepSize: learningRate / (1 - beta1 ** (count + 1)) },
      scalars: { count: count + 1 },
    }),
    update(gradient, parameter, before, { stepSize }) {
      const g = withPenalty(gradient, parameter, weightDecay);
      const firstMoment = lerp(before['firstMoment'] as tf.Tensor, g, 1 - beta1);
      const largest = tf.maximum(tf.mul(before['largest'] as tf.Tensor, beta2), tf.add(tf.abs(g), eps));
      return { change: tf.div(tf.mul(firstMoment, -stepSize), largest), slots: { firstMoment, largest } };
    },
    kernel: 'adamaxUpdate',
    kernelNumbers: ({ stepSize }) => [1 - beta1, beta2, stepSize, eps, weightDecay],
  });
}
