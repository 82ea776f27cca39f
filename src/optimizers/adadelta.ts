/** Adadelta, as torch.optim.Adadelta. */
import * as tf from '../tensors/tf.ts';
import { blend, optimizerTransform, withPenalty } from './optimizerRule.ts';
import type { OptimizerSettings } from './optimizerSchema.ts';
import type { Transform } from './transform.ts';

/**
 * ```text
 * g = gradient + weightDecay * p
 * s = rho * s + (1 - rho) * g^2
 * d = sqrt(c + eps) / sqrt(s + eps) * g
 * c = rho * c + (1 - rho) * d^2
 * p = p - rate * d
 * ```
 */
export function adadelta({ rho, eps, weightDecay }: OptimizerSettings<'adadelta'>): Transform {
  return optimizerTransform<{ learningRate: number }>({
    memory: { slots: { meanSquare: 0, meanSquareChange: 0 }, scalars: { count: 0 } },
    coefficients: (learningRate, { count = 0 }) => ({
      step: { learningRate },
      scalars: { count: count + 1 },
    }),
    update(gradient, parameter, before, { learningRate }) {
      const g = withPenalty(gradient, parameter, weightDecay);
      const meanSquare = blend(rho, before['meanSquare'] as tf.Tensor, 1 - rho, tf.square(g));
      const changes = before['meanSquareChange'] as tf.Tensor;
      const root = tf.div(tf.sqrt(tf.add(changes, eps)), tf.sqrt(tf.add(meanSquare, eps)));
      const delta = tf.mul(root, g);
      const meanSquareChange = blend(rho, changes, 1 - rho, tf.square(delta));
      return { change: tf.mul(delta, -learningRate), slots: { meanSquare, meanSquareChange } };
    },
    kernel: 'adadeltaUpdate',
    kernelNumbers: ({ learningRate }) => [learningRate, rho, 1 - rho, eps, weightDecay],
  });
}
