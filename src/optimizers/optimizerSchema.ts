/** The optimizers a config can name, with their settings. (torch.optim's names and defaults unless a sentence says otherwise.) */
import { z } from 'zod';

const learningRate = (rate: number) =>
  z.number().positive('must be > 0').default(rate).describe('Initial learning rate, before the scheduler.');

const fraction = (start: number) => z.number().min(0, 'must be >= 0').lt(1, 'must be < 1').default(start);
const beta = z.number().min(0, 'each beta must be >= 0').lt(1, 'each beta must be < 1');
const betas = (first: number, second: number) =>
  z.tuple([beta, beta]).default([first, second]).describe('Decay of the first and second moment.');
const nonnegative = (start: number) => z.number().nonnegative('must be >= 0').default(start);
const eps = (start: number) =>
  nonnegative(start).describe('Added to the denominator, so that it is never zero.');
const penalty = nonnegative(0).describe('L2 penalty: this times the parameter is added to the gradient.');
const decay = (start: number) =>
  nonnegative(start).describe('Decoupled: the parameter shrinks by this times the learning rate.');
const decoupledWeightDecay = z
  .boolean()
  .default(false)
  .describe('Whether weightDecay shrinks the parameter itself instead of adding to the gradient.');

const sgd = z
  .strictObject({
    kind: z.literal('sgd'),
    learningRate: learningRate(1e-3),
    momentum: fraction(0).describe('Share of the last velocity that is kept.'),
    dampening: z.number().default(0).describe('Share of the gradient that does not enter the velocity.'),
    nesterov: z.boolean().default(false).describe('Look one step of momentum ahead.'),
    weightDecay: penalty,
  })
  .refine((settings) => !settings.nesterov || (settings.momentum > 0 && settings.dampening === 0), {
    message: 'nesterov needs a momentum > 0 and no dampening',
    path: ['nesterov'],
  })
  .describe('Stochastic gradient descent.');

const adam = z
  .strictObject({
    kind: z.literal('adam'),
    learningRate: learningRate(1e-3),
    betas: betas(0.9, 0.999),
    eps: eps(1e-8),
    weightDecay: penalty,
    amsgrad: z.boolean().default(false).describe('Divide by the largest second moment so far.'),
  })
  .describe('Adam (Kingma & Ba 2015).');

const adamw = z
  .strictObject({
    kind: z.literal('adamw'),
    learningRate: learningRate(1e-3),
    betas: betas(0.9, 0.999),
    eps: eps(1e-8),
    weightDecay: decay(1e-2),
    amsgrad: z.boolean().default(false).describe('Divide by the largest second moment so far.'),
  })
  .describe('Adam with decoupled weight decay (Loshchilov & Hutter 2019).');

const radam = z
  .strictObject({
    kind: z.literal('radam'),
    learningRate: learningRate(1e-3),
    betas: betas(0.9, 0.999),
    eps: eps(1e-8),
    weightDecay: penalty,
    decoupledWeightDecay,
  })
  .describe('Rectified Adam (Liu et al. 2020).');

const nadam = z
  .strictObject({
    kind: z.literal('nadam'),
    learningRate: learningRate(2e-3),
    betas: betas(0.9, 0.999),
    eps: eps(1e-8),
    weightDecay: penalty,
    momentumDecay: nonnegative(4e-3).describe('How fast the momentum approaches the first beta.'),
    decoupledWeightDecay,
  })
  .describe('Adam with Nesterov momentum (Dozat 2016).');

const adamax = z
  .strictObject({
    kind: z.literal('adamax'),
    learningRate: learningRate(2e-3),
    betas: betas(0.9, 0.999),
    eps: eps(1e-8),
    weightDecay: penalty,
  })
  .describe('Adam by the infinity norm (Kingma & Ba 2015).');

const adagrad = z
  .strictObject({
    kind: z.literal('adagrad'),
    learningRate: learningRate(1e-2),
    learningRateDecay: nonnegative(0).describe('The rate is divided by 1 + this times the steps taken.'),
    initialAccumulator: nonnegative(0).describe('What the sum of squares begins with.'),
    eps: eps(1e-10),
    weightDecay: penalty,
  })
  .describe('Adagrad (Duchi et al. 2011).');

const adadelta = z
  .strictObject({
    kind: z.literal('adadelta'),
    learningRate: learningRate(1),
    rho: fraction(0.9).describe('Decay of the running means.'),
    eps: eps(1e-6),
    weightDecay: penalty,
  })
  .describe('Adadelta (Zeiler 2012).');

const rmsprop = z
  .strictObject({
    kind: z.literal('rmsprop'),
    learningRate: learningRate(1e-2),
    alpha: fraction(0.99).describe('Decay of the mean square.'),
    eps: eps(1e-8),
    weightDecay: penalty,
    momentum: fraction(0).describe('Share of the last velocity that is kept.'),
    centered: z.boolean().default(false).describe('Divide by the deviation instead of the root mean square.'),
  })
  .describe('RMSprop (Hinton 2012).');

const lion = z
  .strictObject({
    kind: z.literal('lion'),
    learningRate: learningRate(1e-4),
    betas: betas(0.9, 0.99).describe('Share of the momentum in the step, and its decay.'),
    weightDecay: decay(0),
  })
  .describe('Lion, the sign of the momentum (Chen et al. 2023; not in torch).');

const adan = z
  .strictObject({
    kind: z.literal('adan'),
    learningRate: learningRate(1e-3),
    betas: z
      .tuple([beta, beta, beta])
      .default([0.98, 0.92, 0.99])
      .describe("Decay of the mean gradient, of its change, and of the square (1 minus the paper's betas)."),
    eps: eps(1e-8),
    weightDecay: nonnegative(0).describe('Proximal: the moved parameter is divided by 1 + rate * this.'),
  })
  .describe('Adan, Nesterov momentum estimated adaptively (Xie et al. 2022; not in torch).');

/** One optimizer of one parameter group. */
export const optimizerSchema = z.discriminatedUnion('kind', [
  adam,
  adamw,
  sgd,
  radam,
  nadam,
  adamax,
  adagrad,
  adadelta,
  rmsprop,
  lion,
  adan,
]);
export type OptimizerConfig = z.infer<typeof optimizerSchema>;
/** The settings of one kind of optimizer, apart from `kind` and `learningRate`. */
export type OptimizerSettings<Kind extends OptimizerConfig['kind']> = Omit<
  Extract<OptimizerConfig, { kind: Kind }>,
  'kind' | 'learningRate'
>;
