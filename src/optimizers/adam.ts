/** Adam, as torch.optim.Adam. */
import * as tf from '../tensors/tf.ts';
import { blend, lerp, optimizerTransform, withPenalty } from './optimizerRule.ts';
import type { OptimizerSettings } from './optimizerSchema.ts';
import type { Transform } from './transform.ts';

/**
 * ```text
 * g = gradient + weightDecay * p
 * m = m + (1 - beta1) * (g - m)                 v = beta2 * v + (1 - beta2) * g^2
 * p = p - rate / (1 - beta1^t) * m / (sqrt(v) / sqrt(1 - beta2^t) + eps)
 * ```
 * With `amsgrad`, the largest v so far stands in the root. t counts from 1.
 */
export function adam({ weightDecay, ...settings }: OptimizerSettings<'adam'>): Transform {
  return adamWith({ ...settings, penalty: weightDecay, decay: 0 });
}

interface AdamStep {
  readonly stepSize: number;
  readonly rootBias2: number;
  readonly keep: number;
}

/** Adam with an L2 `penalty` in the gradient and a decoupled `decay` of the parameter. */
export function adamWith(settings: {
  readonly betas: readonly [number, number];
  readonly eps: number;
  readonly amsgrad: boolean;
  readonly penalty: number;
  readonly decay: number;
}): Transform {
  const { eps, amsgrad, penalty, decay } = settings;
  const [beta1, beta2] = settings.betas;
  const slots = { firstMoment: 0, secondMoment: 0 };
  return optimizerTransform<AdamStep>({
    memory: { slots: amsgrad ? { ...slots, largestSecondMoment: 0 } : slots, scalars: { count: 0 } },
    coefficients(learningRate, { count: before = 0 }) {
      const count = before + 1;
      const step = {
        stepSize: learningRate / (1 - beta1 ** count),
        rootBias2: Math.sqrt(1 - beta2 ** count),
        keep: 1 - learningRate * decay,
      };
      return { step, scalars: { count } };
    },
    update(gradient, parameter, before, { stepSize, rootBias2, keep }) {
      const g = withPenalty(gradient, parameter, penalty);
      const firstMoment = lerp(before['firstMoment'] as tf.Tensor, g, 1 - beta1);
      const secondMoment = blend(beta2, before['secondMoment'] as tf.Tensor, 1 - beta2, tf.square(g));
      const largest = amsgrad
        ? tf.maximum(before['largestSecondMoment'] as tf.Tensor, secondMoment)
        : undefined;
      const denominator = tf.add(tf.div(tf.sqrt(largest ?? secondMoment), rootBias2), eps);
      const move = tf.div(tf.mul(firstMoment, -stepSize), denominator);
      return {
        change: keep === 1 ? move : tf.add(tf.mul(parameter, keep - 1), move),
        slots: { firstMoment, secondMoment, ...(largest && { largestSecondMoment: largest }) },
      };
    },
    kernel: amsgrad ? 'amsgradUpdate' : 'adamUpdate',
    kernelNumbers: ({ stepSize, rootBias2, keep }) => [
      1 - beta1,
      beta2,
      1 - beta2,
      stepSize,
      rootBias2,
      eps,
      penalty,
      keep,
    ],
  });
}
