/** Stochastic gradient descent with momentum, as torch.optim.SGD. */
import * as tf from '../tensors/tf.ts';
import { blend, optimizerTransform, withPenalty } from './optimizerRule.ts';
import type { OptimizerSettings } from './optimizerSchema.ts';
import type { Transform } from './transform.ts';

/**
 * ```text
 * g = gradient + weightDecay * p
 * v = g in the first step, then momentum * v + (1 - dampening) * g
 * p = p - rate * (nesterov ? g + momentum * v : v)        without momentum: p - rate * g
 * ```
 */
export function sgd(settings: OptimizerSettings<'sgd'>): Transform {
  return settings.momentum === 0 ? plainSgd(settings.weightDecay) : momentumSgd(settings);
}

function plainSgd(weightDecay: number): Transform {
  return optimizerTransform<{ learningRate: number }>({
    memory: { slots: {}, scalars: { count: 0 } },
    coefficients: (learningRate, { count = 0 }) => ({
      step: { learningRate },
      scalars: { count: count + 1 },
    }),
    update: (gradient, parameter, _slots, { learningRate }) => ({
      change: tf.mul(withPenalty(gradient, parameter, weightDecay), -learningRate),
    }),
    kernel: 'sgdUpdate',
    kernelNumbers: ({ learningRate }) => [learningRate, weightDecay],
  });
}

interface MomentumStep {
  readonly learningRate: number;
  readonly velocityWeight: number;
  readonly gradientWeight: number;
}

function momentumSgd({ momentum, dampening, nesterov, weightDecay }: OptimizerSettings<'sgd'>): Transform {
  return optimizerTransform<MomentumStep>({
    memory: { slots: { velocity: 0 }, scalars: { count: 0 } },
    coefficients: (learningRate, { count = 0 }) => ({
      step: {
        learningRate,
        velocityWeight: count === 0 ? 0 : momentum,
        gradientWeight: count === 0 ? 1 : 1 - dampening,
      },
      scalars: { count: count + 1 },
    }),
    update(gradient, parameter, slots, { learningRate, velocityWeight, gradientWeight }) {
      const g = withPenalty(gradient, parameter, weightDecay);
      const velocity = blend(velocityWeight, slots['velocity'] as tf.Tensor, gradientWeight, g);
      const direction = nesterov ? tf.add(g, tf.mul(velocity, momentum)) : velocity;
      return { change: tf.mul(direction, -learningRate), slots: { velocity } };
    },
    kernel: 'sgdMomentumUpdate',
    kernelNumbers: ({ learningRate, velocityWeight, gradientWeight }) => [
      learningRate,
      weightDecay,
      velocityWeight,
      gradientWeight,
      momentum,
      nesterov ? 1 : 0,
    ],
  });
}
