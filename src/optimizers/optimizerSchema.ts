/** The optimizers a config can name, with their settings. (torch.optim's names and defaults unless a sentence says otherwise.) */
import { z } from 'zod';

const learningRate = z.number().positive().describe('Initial learning rate, before the scheduler.');

const adam = z
  .strictObject({
    kind: z.literal('adam'),
    learningRate: learningRate.default(1e-2),
    betas: z
      .tuple([z.number().min(0).lt(1), z.number().min(0).lt(1)])
      .default([0.9, 0.999])
      .describe('Decay of the first and second moment.'),
    eps: z.number().nonnegative().default(1e-8).describe('Added to the root of the second moment.'),
    weightDecay: z.number().nonnegative().default(0).describe('L2 penalty added to the gradient.'),
  })
  .describe('Adam (Kingma & Ba 2015).');

/** One optimizer of one parameter group. */
export const optimizerSchema = z.discriminatedUnion('kind', [adam]);
export type OptimizerConfig = z.infer<typeof optimizerSchema>;
