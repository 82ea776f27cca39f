/** The learning-rate schedules a config can name, with their settings. */
import { z } from 'zod';

const constant = z.strictObject({ kind: z.literal('constant') }).describe('The learning rate never changes.');

const exponentialDecay = z
  .strictObject({
    kind: z.literal('exponentialDecay'),
    finalLearningRate: z.number().positive().describe('Learning rate from maxSteps on.'),
    maxSteps: z
      .number()
      .int()
      .positive()
      .describe('Optimizer steps until the final rate; a horizon of its own.'),
    warmupSteps: z.number().int().nonnegative().default(0).describe('Optimizer steps of warm-up.'),
    preWarmupLearningRate: z
      .number()
      .nonnegative()
      .default(1e-8)
      .describe('Learning rate at the first warm-up step.'),
    ramp: z.enum(['linear', 'cosine']).default('cosine').describe('Shape of the warm-up.'),
  })
  .describe("nerfstudio's ExponentialDecayScheduler.");

/** The schedule of one parameter group. */
export const schedulerSchema = z.discriminatedUnion('kind', [constant, exponentialDecay]);
export type SchedulerConfig = z.infer<typeof schedulerSchema>;
