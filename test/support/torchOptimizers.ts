/** The names and keyword arguments of torch.optim, as they stand in golden files, in this package's words. */
import { type OptimizerConfig, optimizerSchema } from '../../src/optimizers/optimizerSchema.ts';

const kinds: Readonly<Record<string, string>> = {
  SGD: 'sgd',
  Adam: 'adam',
  AdamW: 'adamw',
  RAdam: 'radam',
  NAdam: 'nadam',
  Adamax: 'adamax',
  Adagrad: 'adagrad',
  Adadelta: 'adadelta',
  RMSprop: 'rmsprop',
};

const keys: Readonly<Record<string, string>> = {
  lr: 'learningRate',
  lr_decay: 'learningRateDecay',
  initial_accumulator_value: 'initialAccumulator',
  weight_decay: 'weightDecay',
  momentum_decay: 'momentumDecay',
  decoupled_weight_decay: 'decoupledWeightDecay',
};
const sameKeys = new Set([
  'betas',
  'eps',
  'momentum',
  'dampening',
  'nesterov',
  'amsgrad',
  'alpha',
  'centered',
  'rho',
]);

/** @throws on a name or argument that this package does not know, or a value that it refuses */
export function fromTorchOptimizer(name: string, config: Readonly<Record<string, unknown>>): OptimizerConfig {
  const kind = kinds[name];
  if (!kind) throw new Error(`unknown optimizer ${name}`);
  const settings: Record<string, unknown> = { kind };
  for (const [key, value] of Object.entries(config)) {
    const own = keys[key] ?? (sameKeys.has(key) ? key : undefined);
    if (!own) throw new Error(`${name}: unknown argument ${key}`);
    settings[own] = value;
  }
  return optimizerSchema.parse(settings);
}
