/**
 * What `nerfstream ctl` and a running run say to each other: JSON, one object a line, over a socket that only the run's
 * owner may open. A connection carries one request and its answer.
 */
import { z } from 'zod';

/** A line longer than this ends the connection. */
export const maxLineBytes = 65_536;

/** A command to a running run. */
export const controlRequest = z.discriminatedUnion('command', [
  z.strictObject({ command: z.literal('status') }),
  z.strictObject({ command: z.literal('pause') }),
  z.strictObject({ command: z.literal('resume') }),
  z.strictObject({ command: z.literal('step') }),
  z.strictObject({ command: z.literal('checkpoint') }),
  z.strictObject({ command: z.literal('evaluate'), scope: z.enum(['batch', 'image', 'all']).default('all') }),
  z.strictObject({ command: z.literal('stop') }),
  z.strictObject({
    command: z.literal('setLearningRate'),
    group: z.string(),
    factor: z.number().positive(),
  }),
]);
export type ControlRequest = z.output<typeof controlRequest>;

const trainerStates = [
  'preparing',
  'training',
  'evaluating',
  'checkpointing',
  'paused',
  'finishing',
  'completed',
  'stopped',
  'failed',
] as const;

/** The run at a glance, as `ctl status` prints it. */
export const controlStatus = z.object({
  state: z.enum(trainerStates),
  /** Steps committed. */
  step: z.number(),
  maxSteps: z.number(),
  /** Seconds of training; evaluation and saving not counted. */
  trainSeconds: z.number(),
  /** Latest values by tag; a non-finite one is text, as in metrics.jsonl. */
  metrics: z.record(z.string(), z.union([z.number(), z.string()])),
  learningRates: z.record(z.string(), z.number()),
  /** Newest checkpoint, relative to the run folder. */
  checkpoint: z.string().optional(),
});
export type ControlStatus = z.output<typeof controlStatus>;

/** The answer: the run after the command took effect, or why it did not. */
export const controlResponse = z.discriminatedUnion('ok', [
  z.object({ ok: z.literal(true), status: controlStatus }),
  z.object({ ok: z.literal(false), error: z.string() }),
]);
export type ControlResponse = z.output<typeof controlResponse>;
