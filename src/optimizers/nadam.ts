/** Adam with Nesterov momentum, as torch.optim.NAdam. */
import * as tf from '../tensors/tf.ts';
import { blend, lerp, optimizerTransform, withPenalty } from './optimizerRule.ts';
import type { OptimizerSettings } from './optimizerSchema.ts';
import type { Transform } from './transform.ts';

interface NadamStep {
  readonly gradientStep: number;
  readonly momentStep: number;
  readonly rootBias2: number;
  readonly keep: number;
}

/**
 * m and v as in Adam; `mu(t) = beta1 (1 - 0.96^(t momentumDecay) / 2)`, `M(t)` the product of mu(1) to mu(t):
 * ```text
 * p = p - rate * ((1 - mu(t)) / (1 - M(t)) * g + mu(t + 1) / (1 - M(t + 1)) * m) / (sqrt(v / (1 - beta2^t)) + eps)
 * ```
 */
export function nadam(settings: OptimizerSettings<'nadam'>): Transform {
  const [beta1, beta2] = settings.betas;
  const { eps, momentumDecay } = settings;
  const penalty = settings.decoupledWeightDecay ? 0 : settings.weightDecay;
  const decay = settings.decoupledWeightDecay ? settings.weightDecay : 0;
  const momentum = (count: number) => beta1 * (1 - 0.5 * 0.96 ** (count * momentumDecay));
  return optimizerTransform<NadamStep>({
    memory: { slots: { firstMoment: 0, secondMoment: 0 }, scalars: { count: 0, momentumProduct: 1 } },
    coefficients(learningRate, { count: before = 0, momentumProduct: productBefore = 1 }) {
      const count = before + 1;
      const next = momentum(count + 1);
      const momentumProduct = productBefore * momentum(count);
      const step = {
        gradientStep: (learningRate * (1 - momentum(count))) / (1 - momentumProduct),
        momentStep: (learningRate * next) / (1 - momentumProduct * next),
        rootBias2: Math.sqrt(1 - beta2 ** count),
        keep: 1 - learningRate * decay,
      };
      return { step, scalars: { count, momentumProduct } };
    },
    update(gradient, parameter, before, { gradientStep, momentStep, rootBias2, keep }) {
      const g = withPenalty(gradient, parameter, penalty);
      const firstMoment = lerp(before['firstMoment'] as tf.Tensor, g, 1 - beta1);
      const secondMoment = blend(beta2, before['secondMoment'] as tf.Tensor, 1 - beta2, tf.square(g));
      const denominator = tf.add(tf.div(tf.sqrt(secondMoment), rootBias2), eps);
      const move = tf.div(blend(-gradientStep, g, -momentStep, firstMoment), denominator);
      return {
        change: keep === 1 ? move : tf.add(tf.mul(parameter, keep - 1), move),
        slots: { firstMoment, secondMoment },
      };
    },
    kernel: 'nadamUpdate',
    kernelNumbers: ({ gradientStep, momentStep, rootBias2, keep }) => [
      1 - beta1,
      beta2,
      1 - beta2,
      gradientStep,
      momentStep,
      rootBias2,
      eps,
      penalty,
      keep,
    ],
  });
}
