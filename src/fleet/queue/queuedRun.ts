/** What lies in the queue: a run as data, checked by its schema when it is put in and again when it is taken out. */
import path from 'node:path';
import { z } from 'zod';
import { QueueError } from '../../errors.ts';
import { parseRunJob, type RunJob } from '../runJob.ts';
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
