/** A run as plain data: what a sweep plans, a queue carries, and a worker carries out; and how it ended. */
import { z } from 'zod';
import { parseConfig } from '../config/parseConfig.ts';
import type { Config } from '../config/schema.ts';
import { ConfigError } from '../errors.ts';
import { runNameSchema } from './runNames.ts';

/** Priorities are 0 (first) to this (last): the range of BullMQ. */
export const lastPriority = 2_097_151;

/** Without a look at the configuration: {@link parseRunJob} checks all. */
export const runJobSchema = z.strictObject({
  sweep: runNameSchema.describe('Name of the sweep that the run belongs to.'),
  run: runNameSchema.describe('Name of the run, and of its folder.'),
  config: z
    .record(z.string(), z.json())
    .describe(
      'The complete configuration, as config.yaml holds it. Secrets are in the environment, never here.',
    ),
  stopAtStep: z
    .int()
    .positive()
    .optional()
    .describe('Evaluate, save and end at this step; schedules stay as they are. A later job goes on.'),
  priority: z
    .int()
    .min(0)
    .max(lastPriority)
    .default(0)
    .describe('Of several that wait, the lowest goes first.'),
});

/** A run to be carried out, as JSON can hold it. */
export type RunJob = z.output<typeof runJobSchema>;

/**
 * Checks what claims to be a job, its configuration included. Modules of the user are named in it, but not loaded: their own settings are
 * checked by the process that trains.
 * @throws ConfigError in one line: what is wrong, in which run
 */
export function parseRunJob(data: unknown): RunJob {
  const parsed = runJobSchema.safeParse(data);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    throw new ConfigError(`not a job of a run: ${issue?.path.join('.') || 'it'}: ${issue?.message}`, {
      path: issue?.path.join('.') ?? '',
    });
  }
  configOfJob(parsed.data);
  return parsed.data;
}

/** The configuration of a job, checked. @throws ConfigError naming the run, the key, and what is expected */
export function configOfJob({ run, config }: Pick<RunJob, 'run' | 'config'>): Config {
  return parseConfig([{ value: config, origin: () => run }]);
}

const measured = {
  step: z.int().nonnegative().describe('Steps that are saved, or were made where nothing could be.'),
  trainSeconds: z.number().nonnegative().describe('Seconds of training over all sessions.'),
  metrics: z
    .record(z.string(), z.number())
    .describe(
      'The newest value of each scalar, for example eval/psnr; what is not finite is left out, and so are single images.',
    ),
};

/** How a session of a run ended, as JSON can hold it. */
export const runEndSchema = z.discriminatedUnion('outcome', [
  z
    .strictObject({
      outcome: z.literal('finished'),
      ending: z.enum(['completed', 'stopped']).describe('stopped: by its early stop, or by who controls it.'),
      ...measured,
    })
    .describe('There is nothing left to do.'),
  z
    .strictObject({ outcome: z.literal('reachedStep'), ...measured })
    .describe('It is at stopAtStep, evaluated and saved.'),
  z
    .strictObject({
      outcome: z.literal('failed'),
      error: z.string().describe('One line.'),
      badInput: z.boolean().describe('Found before the first step: trying again changes nothing.'),
      ...measured,
    })
    .describe('It cannot go on.'),
  z
    .strictObject({ outcome: z.literal('givenBack'), ...measured })
    .describe('Interrupted; its newest checkpoint is where it goes on, here or elsewhere.'),
]);
export type RunEnd = z.output<typeof runEndSchema>;
