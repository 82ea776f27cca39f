/** Puts runs into a fleet's queue. */
import { QueueError } from '../../errors.ts';
import type { Fleet } from './fleet.ts';
import { mostBytes, parseQueuedRun, type QueuedRun, queuedRunId } from './queuedRun.ts';
import type { JobsOptions } from './queueLibraries.ts';

export interface QueueRunsOptions {
  /** How often a run may fail before it is set aside. Default 3. */
  readonly attempts?: number;
  /** Milliseconds until it is tried again after the first failure; each later pause is twice as long. Default 5,000. */
  readonly backoffMs?: number;
}

const defaultAttempts = 3;
const defaultBackoffMs = 5_000;
/** Sent to the server at once: larger batches save nothing more, and hold up who else asks. */
const runsAtOnce = 200;

/**
 * Puts runs into the queue, those of lower `priority` first, otherwise in order. One that is there already, waiting, running or ended, is
 * left as it is.
 * @throws QueueError, ConfigError for data that is no run; then none is put in
 */
export async function queueRuns(
  { queue }: Fleet,
  runs: readonly QueuedRun[],
  { attempts = defaultAttempts, backoffMs = defaultBackoffMs }: QueueRunsOptions = {},
): Promise<void> {
  const ids = new Set(runs.map(({ job }) => queuedRunId(job)));
  if (ids.size !== runs.length) throw new QueueError('two runs have the same name');
  for (const run of runs) parseQueuedRun(run);
  for (let at = 0; at < runs.length; at += runsAtOnce)
    await queue.addBulk(
      runs.slice(at, at + runsAtOnce).map((data) => ({
        name: 'run',
        data,
        opts: optionsOf(data, attempts, backoffMs),
      })),
    );
}

function optionsOf({ job }: QueuedRun, attempts: number, delay: number): JobsOptions {
  return {
    jobId: queuedRunId(job),
    attempts,
    backoff: { type: 'exponential', delay },
    ...(job.priority > 0 && { priority: job.priority }),
    // Its last error line is kept; what else a worker says is in the run's own log.
    stackTraceLimit: 0,
    keepLogs: 0,
    sizeLimit: mostBytes,
  };
}
