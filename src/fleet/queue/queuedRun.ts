/** What lies in the queue: a run as data, checked by its schema when it is put in and again when it is taken out. */
import path from 'node:path';
import { z } from 'zod';
import { QueueError } from '../../errors.ts';
import { parseRunJob, type RunJob, runNameSchema } from '../runJob.ts';
import { dataIdSchema } from '../store/storedData.ts';

/** Of a queued run as JSON. A complete configuration has some 10 kB. */
export const mostBytes = 256 * 1024;

const queuedRunSchema = z.strictObject({
  version: z.literal(1),
  job: z.unknown(),
  out: z
    .string()
    .max(4096)
    .refine((folder) => path.isAbsolute(folder), 'must be an absolute path')
    .optional()
    .describe('Where the sweep keeps its run folders, for workers that see the same disk.'),
  data: dataIdSchema.optional().describe('The data set, for workers that fetch it from a store.'),
});

export interface QueuedRun {
  readonly version: 1;
  readonly job: RunJob;
  readonly out?: string | undefined;
  readonly data?: string | undefined;
}

/**
 * @param data whatever claims to be a queued run
 * @throws QueueError, ConfigError in one line
 */
export function parseQueuedRun(data: unknown): QueuedRun {
  const bytes = Buffer.byteLength(JSON.stringify(data) ?? '');
  if (bytes > mostBytes)
    throw new QueueError(`a run in the queue may have ${mostBytes} bytes, and this one has ${bytes}`);
  const parsed = queuedRunSchema.safeParse(data);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    throw new QueueError(
      `not a run that this version can carry out: ${issue?.path.join('.')}: ${issue?.message}`,
    );
  }
  return { ...parsed.data, job: parseRunJob(parsed.data.job) };
}

/**
 * What a run is called everywhere in a fleet: `sweep/run`, and `sweep/run@400` of one that is to stop at a step.
 * Equal for equal jobs, so that one that is put in twice is there once. (A name holds neither `/` nor `@`.)
 */
export function queuedRunId({
  sweep,
  run,
  stopAtStep,
}: Pick<RunJob, 'sweep' | 'run' | 'stopAtStep'>): string {
  return `${sweep}/${run}${stopAtStep === undefined ? '' : `@${stopAtStep}`}`;
}

/** `sweep/run`, whatever step it is to stop at. @param id see {@link queuedRunId}; also a part of it */
export function withoutStop(id: string): string {
  return id.replace(/@\d+$/, '');
}

/** Who is meant by a command: everything, a sweep, one of its runs, or a worker with the runs that it has. */
export const fleetTargetSchema = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('all') }),
  z.strictObject({ kind: z.literal('sweep'), sweep: runNameSchema }),
  z.strictObject({ kind: z.literal('run'), sweep: runNameSchema, run: runNameSchema }),
  z.strictObject({ kind: z.literal('worker'), worker: runNameSchema }),
]);
export type FleetTarget = z.output<typeof fleetTargetSchema>;

/** @param text `all`, `SWEEP`, `SWEEP/RUN`, or `worker:NAME` @throws QueueError */
export function parseTarget(text: string): FleetTarget {
  const [first = '', second, ...more] = text.split('/');
  const made =
    text === 'all'
      ? { kind: 'all' }
      : text.startsWith('worker:')
        ? { kind: 'worker', worker: text.slice('worker:'.length) }
        : second === undefined
          ? { kind: 'sweep', sweep: first }
          : { kind: 'run', sweep: first, run: withoutStop([second, ...more].join('/')) };
  const parsed = fleetTargetSchema.safeParse(made);
  if (!parsed.success)
    throw new QueueError(`${JSON.stringify(text)}: expected all, SWEEP, SWEEP/RUN or worker:NAME`);
  return parsed.data;
}

/** The same as text. */
export function describeTarget(target: FleetTarget): string {
  if (target.kind === 'all') return 'all';
  if (target.kind === 'worker') return `worker:${target.worker}`;
  return target.kind === 'sweep' ? target.sweep : `${target.sweep}/${target.run}`;
}

/** Whether a run that a worker has is meant. */
export function isMeant(
  target: FleetTarget,
  { sweep, run }: Pick<RunJob, 'sweep' | 'run'>,
  worker: string,
): boolean {
  if (target.kind === 'all') return true;
  if (target.kind === 'worker') return target.worker === worker;
  return target.sweep === sweep && (target.kind === 'sweep' || target.run === run);
}
