/** One setting or two of every optimizer, for tests that hold for all of them. */
import { type OptimizerConfig, optimizerSchema } from '../../src/optimizers/optimizerSchema.ts';

const settings: readonly Record<string, unknown>[] = [
  { kind: 'sgd' },
  { kind: 'sgd', momentum: 0.9, nesterov: true, weightDecay: 0.01 },
  { kind: 'sgd', momentum: 0.8, dampening: 0.1 },
  { kind: 'adam', weightDecay: 0.02 },
  { kind: 'adam', amsgrad: true },
  { kind: 'adamw', weightDecay: 0.05 },
  { kind: 'radam', betas: [0.8, 0.9], weightDecay: 0.01, decoupledWeightDecay: true },
  { kind: 'nadam', weightDecay: 0.01 },
  { kind: 'adamax' },
  { kind: 'adagrad', learningRateDecay: 0.1, initialAccumulator: 0.2 },
  { kind: 'adadelta', weightDecay: 0.01 },
  { kind: 'rmsprop' },
  { kind: 'rmsprop', momentum: 0.9 },
  { kind: 'rmsprop', momentum: 0.9, centered: true, eps: 1e-3 },
  { kind: 'lion', weightDecay: 0.1 },
  { kind: 'adan', weightDecay: 0.1 },
];

/** [title, config] pairs for `it.each`; the learning rate is `learningRate`, or each kind's default. */
export function optimizerKinds(learningRate?: number): readonly (readonly [string, OptimizerConfig])[] {
  return settings.map((one) => [
    JSON.stringify(one),
    optimizerSchema.parse(learningRate === undefined ? one : { ...one, learningRate }),
  ]);
}
