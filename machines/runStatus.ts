/** A run at a glance: what is told of it over threads, sockets and the network. Plain data, and its schema. */
import { z } from 'zod';

/** Names of the machine's states. */
export const trainerStates = [
  'preparing',
  'training',
  'evaluating',
  'checkpointing',
  'serving',
  'paused',
  'finishing',
  'completed',
  'stopped',
  'failed',
] as const;
export type TrainerState = (typeof trainerStates)[number];

const endStates: ReadonlySet<TrainerState> = new Set(['finishing', 'completed', 'stopped', 'failed']);

/** Whether a run in this state is over, or about to be. */
export function isEnding(state: TrainerState): boolean {
  return endStates.has(state);
}

export const runStatus = z.object({
  state: z.enum(trainerStates),
  /** Steps committed. */
  step: z.number(),
  maxSteps: z.number(),
  /** Seconds of training, over all sessions of the run; evaluation and saving not counted. */
  trainSeconds: z.number(),
  /** Latest values by tag; as text where JSON has no number for it (`NaN`), as in metrics.jsonl. */
  metrics: z.record(z.string(), z.union([z.number(), z.string()])),
  learningRates: z.record(z.string(), z.number()),
  /** Newest checkpoint, relative to the run folder. */
  checkpoint: z.string().optional(),
});
export type RunStatus = z.output<typeof runStatus>;
