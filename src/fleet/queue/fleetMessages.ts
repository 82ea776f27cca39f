/** What people and workers say to each other over the server: commands, answers, and the records by which workers show that they live. */
import { z } from 'zod';
import { trainerStates } from '../../../machines/runStatus.ts';
import { fleetTargetSchema } from './fleetTarget.ts';
import { type SteeringCommand, steeringCommand } from './steeringCommands.ts';

/** Longest command and longest answer, in letters. */
export const longestMessage = 1_048_576;
export const mostLogLines = 2_000;
/** Of a run, in a worker's record. */
export const mostMetrics = 100;
export const longestTag = 200;

const askSchema = z.discriminatedUnion('type', [
  /** What is paused has changed: read it again, and answer once it has taken effect. */
  z.strictObject({ type: z.literal('pause') }),
  z.strictObject({ type: z.literal('resume') }),
  /** Runs end as by `ctl stop`; a worker that is meant itself ends as by SIGTERM. */
  z.strictObject({ type: z.literal('stop') }),
  /** The last lines of `run.log`, or what came after `from`; of a run that has ended, where it lies. */
  z.strictObject({
    type: z.literal('logs'),
    lines: z.int().min(1).max(mostLogLines),
    from: z.int().nonnegative().optional().describe('Bytes of the log that are known.'),
    ended: z
      .strictObject({ out: z.string().max(4096).optional().describe('As in the queued run.') })
      .optional()
      .describe('The run has ended, and its target says which: whoever hears it looks.'),
  }),
  /** A command of machines/commands.ts, for every run that is meant and trains; each run checks it again. */
  z.strictObject({
    type: z.literal('perform'),
    command: z.unknown().transform((given, context): SteeringCommand => {
      const command = steeringCommand(given);
      if (command instanceof Error) {
        context.addIssue({ code: 'custom', message: command.message });
        return z.NEVER;
      }
      return command;
    }),
  }),
]);
export type FleetAsk = z.output<typeof askSchema>;

export const fleetCommandSchema = z.strictObject({
  id: z.uuid(),
  target: fleetTargetSchema,
  ask: askSchema,
});
export type FleetCommand = z.output<typeof fleetCommandSchema>;

/** What one worker has done about a command: nothing, if it has no run that was meant. */
export const fleetAnswerSchema = z.strictObject({
  worker: z.string().max(200),
  runs: z
    .array(
      z.strictObject({
        id: z.string().max(400),
        ok: z.boolean(),
        said: z.string(),
        at: z.int().optional().describe('Of a log: how many of its bytes are known now.'),
      }),
    )
    .max(1024),
});
export type FleetAnswer = z.output<typeof fleetAnswerSchema>;

const heldRunSchema = z.strictObject({
  id: z.string().max(400),
  /** As the trainer says; `preparing` before it does, `sending` once it has ended. */
  state: z.enum([...trainerStates, 'fetching', 'sending']),
  step: z.number(),
  maxSteps: z.number(),
  /** Over the time between the last two looks; 0 while it stands. */
  stepsPerSecond: z.number(),
  /** The newest value of each scalar, for example `eval/psnr`; what is not finite is left out, and so are single images. */
  metrics: z
    .record(z.string().max(longestTag), z.number())
    .refine((metrics) => Object.keys(metrics).length <= mostMetrics, 'are too many'),
  pid: z.int().optional(),
});
export type HeldRunRecord = z.output<typeof heldRunSchema>;

/** A worker as it shows itself, every few seconds. */
export const workerRecordSchema = z.strictObject({
  name: z.string().max(200),
  host: z.string().max(300),
  pid: z.int(),
  /** Milliseconds since the epoch, by its own clock. */
  since: z.number(),
  concurrency: z.int(),
  version: z.string().max(40),
  paused: z.boolean(),
  ending: z.boolean(),
  runs: z.array(heldRunSchema).max(1024),
});
export type WorkerRecord = z.output<typeof workerRecordSchema>;

/** Reads a message. @returns undefined for what is none, or too long */
export function readMessage<T>(schema: z.ZodType<T>, text: string | null): T | undefined {
  if (text === null || text.length > longestMessage) return undefined;
  try {
    return schema.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined;
  }
}
