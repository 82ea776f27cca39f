/** Adan: Nesterov momentum from the change of the gradient. */
import * as tf from '../tensors/tf.ts';
import { blend, lerp, optimizerTransform } from './optimizerRule.ts';
import type { OptimizerSettings } from './optimizerSchema.ts';
import type { Transform } from './transform.ts';

interface AdanStep {
  readonly first: boolean;
  readonly stepSize: number;
  readonly differenceStepSize: number;
  readonly rootBias3: number;
  readonly shrink: number;
}

/**
 * Xie et al. 2022, "Adan: Adaptive Nesterov Momentum Algorithm", algorithm 1, with the bias correction of the authors' code.
 * The betas are 1 minus the paper's, as in that code. With `d = g - g(t - 1)` (0 in the first step):
 * ```text
 * m = m + (1 - beta1) (g - m)      v = v + (1 - beta2) (d - v)      n = n + (1 - beta3) ((g + beta2 d)^2 - n)
 * p = (p - rate * (m / (1 - beta1^t) + beta2 v / (1 - beta2^t)) / (sqrt(n / (1 - beta3^t)) + eps)) / (1 + rate * weightDecay)
 * ```
 */
export function adan({ betas, eps, weightDecay }: OptimizerSettings<'adan'>): Transform {
  const [beta1, beta2, beta3] = betas;
  return optimizerTransform<AdanStep>({
    memory: {
      slots: { firstMoment: 0, difference: 0, secondMoment: 0, previousGradient: 0 },
      scalars: { count: 0 },
    },
    coefficients(learningRate, { count: before = 0 }) {
      const count = before + 1;
      const step = {
        first: count === 1,
        stepSize: learningRate / (1 - beta1 ** count),
        differenceStepSize: (learningRate * beta2) / (1 - beta2 ** count),
        rootBias3: Math.sqrt(1 - beta3 ** count),
        shrink: 1 / (1 + learningRate * weightDecay),
      };
      return { step, scalars: { count } };
    },
    update(gradient, parameter, before, { first, stepSize, differenceStepSize, rootBias3, shrink }) {
      const last = before['previousGradient'] as tf.Tensor;
      const change = first ? tf.zerosLike(gradient) : tf.sub(gradient, last);
      const combined = tf.add(gradient, tf.mul(change, beta2));
      const firstMoment = lerp(before['firstMoment'] as tf.Tensor, gradient, 1 - beta1);
      const difference = lerp(before['difference'] as tf.Tensor, change, 1 - beta2);
      const secondMoment = lerp(before['secondMoment'] as tf.Tensor, tf.square(combined), 1 - beta3);
      const denominator = tf.add(tf.div(tf.sqrt(secondMoment), rootBias3), eps);
      const move = tf.div(blend(-stepSize, firstMoment, -differenceStepSize, difference), denominator);
      return {
        change: shrink === 1 ? move : blend(shrink - 1, parameter, shrink, move),
        slots: { firstMoment, difference, secondMoment, previousGradient: gradient.clone() },
      };
    },
    kernel: 'adanUpdate',
    kernelNumbers: ({ first, stepSize, differenceStepSize, rootBias3, shrink }) => [
      1 - beta1,
      1 - beta2,
      1 - beta3,
      beta2,
      first ? 0 : 1,
      stepSize,
      differenceStepSize,
      rootBias3,
      eps,
      shrink,
    ],
  });
}
