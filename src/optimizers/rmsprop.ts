/** RMSprop, as torch.optim.RMSprop. */
import * as tf from '../tensors/tf.ts';
import { blend, lerp, optimizerTransform, withPenalty } from './optimizerRule.ts';
import type { OptimizerSettings } from './optimizerSchema.ts';
import type { Transform } from './transform.ts';

/**
 * ```text
 * g = gradient + weightDecay * p
 * s = alpha * s + (1 - alpha) * g^2             a = a + (1 - alpha) * (g - a)      (a: centered only)
 * v = momentum * v + g / (sqrt(s) + eps)        centered: sqrt(max(s - a^2, 0))
 * p = p - rate * v
 * ```
 * torch has no `max`: there an element whose gradient is constant can become NaN.
 */
export function rmsprop(settings: OptimizerSettings<'rmsprop'>): Transform {
  const { alpha, eps, weightDecay, momentum, centered } = settings;
  const slots = {
    meanSquare: 0,
    ...(centered && { mean: 0 }),
    ...(momentum > 0 && { velocity: 0 }),
  };
  return optimizerTransform<{ learningRate: number }>({
    memory: { slots, scalars: { count: 0 } },
    coefficients: (learningRate, { count = 0 }) => ({
      step: { learningRate },
      scalars: { count: count + 1 },
    }),
    update(gradient, parameter, before, { learningRate }) {
      const g = withPenalty(gradient, parameter, weightDecay);
      const meanSquare = blend(alpha, before['meanSquare'] as tf.Tensor, 1 - alpha, tf.square(g));
      const mean = centered ? lerp(before['mean'] as tf.Tensor, g, 1 - alpha) : undefined;
      const variance = mean ? tf.maximum(tf.sub(meanSquare, tf.square(mean)), 0) : meanSquare;
      const scaled = tf.div(g, tf.add(tf.sqrt(variance), eps));
      const velocity =
        momentum > 0 ? tf.add(tf.mul(before['velocity'] as tf.Tensor, momentum), scaled) : undefined;
      return {
        change: tf.mul(velocity ?? scaled, -learningRate),
        slots: { meanSquare, ...(mean && { mean }), ...(velocity && { velocity }) },
      };
    },
    kernel: 'rmspropUpdate',
    kernelSlots: ['meanSquare', 'mean', 'velocity'],
    kernelNumbers: ({ learningRate }) => [learningRate, alpha, 1 - alpha, eps, weightDecay, momentum],
  });
}
