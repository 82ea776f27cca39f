/** Rectified Adam, as torch.optim.RAdam. */
import * as tf from '../tensors/tf.ts';
import { blend, lerp, optimizerTransform, withPenalty } from './optimizerRule.ts';
import type { OptimizerSettings } from './optimizerSchema.ts';
import type { Transform } from './transform.ts';

interface RadamStep {
  readonly stepSize: number;
  /** Whether enough steps were taken for the second moment to be trusted. */
  readonly adaptive: boolean;
  readonly keep: number;
}

/**
 * m and v as in Adam. With `R = 2 / (1 - beta2) - 1` and `r = R - 2 t beta2^t / (1 - beta2^t)`:
 * ```text
 * r <= 5: p = p - rate / (1 - beta1^t) * m
 * else:   p = p - rate / (1 - beta1^t) * q * sqrt(1 - beta2^t) * m / (sqrt(v) + eps)
 *         q = sqrt((r - 4) (r - 2) R / ((R - 4) (R - 2) r))
 * ```
 */
export function radam(settings: OptimizerSettings<'radam'>): Transform {
  const [beta1, beta2] = settings.betas;
  const { eps } = settings;
  const penalty = settings.decoupledWeightDecay ? 0 : settings.weightDecay;
  const decay = settings.decoupledWeightDecay ? settings.weightDecay : 0;
  return optimizerTransform<RadamStep>({
    memory: { slots: { firstMoment: 0, secondMoment: 0 }, scalars: { count: 0 } },
    coefficients(learningRate, { count: before = 0 }) {
      const count = before + 1;
      const bias1 = 1 - beta1 ** count;
      const bias2 = 1 - beta2 ** count;
      const longest = 2 / (1 - beta2) - 1;
      const length = longest - (2 * count * beta2 ** count) / bias2;
      const adaptive = length > 5;
      const rectification = adaptive
        ? Math.sqrt(((length - 4) * (length - 2) * longest) / ((longest - 4) * (longest - 2) * length)) *
          Math.sqrt(bias2)
        : 1;
      const stepSize = (learningRate / bias1) * rectification;
      return { step: { stepSize, adaptive, keep: 1 - learningRate * decay }, scalars: { count } };
    },
    update(gradient, parameter, before, { stepSize, adaptive, keep }) {
      const g = withPenalty(gradient, parameter, penalty);
      const firstMoment = lerp(before['firstMoment'] as tf.Tensor, g, 1 - beta1);
      const secondMoment = blend(beta2, before['secondMoment'] as tf.Tensor, 1 - beta2, tf.square(g));
      const scaled = tf.mul(firstMoment, -stepSize);
      const move = adaptive ? tf.div(scaled, tf.add(tf.sqrt(secondMoment), eps)) : scaled;
      return {
        change: keep === 1 ? move : tf.add(tf.mul(parameter, keep - 1), move),
        slots: { firstMoment, secondMoment },
      };
    },
    kernel: 'radamUpdate',
    kernelNumbers: ({ stepSize, adaptive, keep }) => [
      1 - beta1,
      beta2,
      1 - beta2,
      stepSize,
      adaptive ? 1 : 0,
      eps,
      penalty,
      keep,
    ],
  });
}
