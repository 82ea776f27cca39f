/** What a config can put around a group's optimizer, with its settings. */
import { z } from 'zod';

const positive = z.number().positive('must be > 0');
const nonnegative = z.number().nonnegative('must be >= 0');

const clipByGlobalNorm = z
  .strictObject({
    kind: z.literal('clipByGlobalNorm'),
    maxNorm: positive.describe("Of the group's gradients as one vector."),
  })
  .describe('Limits the length of all gradients together.');

/** Runs of version 0.1 call it clipByElementNorm, and go on under that name: what a group is may not change. */
const clipByParameterNorm = z
  .strictObject({
    kind: z.literal(['clipByParameterNorm', 'clipByElementNorm']),
    maxNorm: positive.describe("Of each parameter's gradient."),
  })
  .describe("Limits the length of each parameter's gradient.");

const clipByValue = z
  .strictObject({ kind: z.literal('clipByValue'), limit: positive.describe('Largest absolute value.') })
  .describe('Limits each element of the gradients.');

const addDecayedWeights = z
  .strictObject({
    kind: z.literal('addDecayedWeights'),
    weightDecay: nonnegative.describe('This times the parameter is added to the gradient.'),
    parameters: z
      .array(z.string())
      .min(1)
      .optional()
      .describe('Names of the parameters that shrink; default: all of the group.'),
  })
  .describe('An L2 penalty on some of the parameters.');

const addNoise = z
  .strictObject({
    kind: z.literal('addNoise'),
    eta: positive.describe('Variance in the first step.'),
    gamma: nonnegative.default(0.55).describe('The variance is divided by t^gamma.'),
    seed: z.number().int().nonnegative().max(0xffffffff).default(0).describe('Seed of the noise.'),
  })
  .describe('Gaussian noise on gradients (Neelakantan et al. 2015).');

const lookahead = z
  .strictObject({
    kind: z.literal('lookahead'),
    every: z.number().int().min(1).default(6).describe('Optimizer steps between synchronizations.'),
    alpha: z.number().gt(0).max(1).default(0.5).describe('How far the slow copy goes towards the fast one.'),
  })
  .describe('A slow copy that the parameters return to (Zhang et al. 2019).');

const ema = z
  .strictObject({
    kind: z.literal('ema'),
    decay: z
      .number()
      .min(0)
      .lt(1)
      .default(0.999)
      .describe('Share of the average that is kept at each update.'),
    every: z.number().int().min(1).default(1).describe('Steps between updates of the average.'),
    rampUp: z
      .union([z.boolean(), z.number().gt(1)])
      .default(false)
      .describe(
        'true: update k keeps (1 + k) / (10 + k) of the average at most, so that the beginning is soon forgotten. A number stands for the 10: the average looks back over about that fraction of the run.',
      ),
  })
  .describe('A moving average of the parameters, kept in checkpoints.');

/** One transform of one parameter group. */
export const transformSchema = z.discriminatedUnion('kind', [
  clipByGlobalNorm,
  clipByParameterNorm,
  clipByValue,
  addDecayedWeights,
  addNoise,
  lookahead,
  ema,
]);
export type TransformConfig = z.infer<typeof transformSchema>;
