/** Carries out the runs of a sweep elsewhere: each is put into a fleet's queue, and whoever wants its end waits for it here. */
import { rm } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';
import { QueueError } from '../../errors.ts';
import type { Log } from '../../log.ts';
import { type RunEnd, type RunJob, runEndSchema } from '../runJob.ts';
import type { RunProgress } from '../runProgress.ts';
import type { ObjectStore } from '../store/objectStore.ts';
import { sendData } from '../store/storedData.ts';
import { storedRun } from '../store/storedRun.ts';
import type { Fleet } from './fleet.ts';
import type { WorkerRecord } from './fleetMessages.ts';
import { type QueuedRun, queuedRunId } from './queuedRun.ts';
import { type Job, QueueEvents } from './queueLibraries.ts';
import { type QueueRunsOptions, queueRuns } from './queueRuns.ts';

export interface QueueSweepOptions extends QueueRunsOptions {
  readonly fleet: Fleet;
  /** Where data and runs are exchanged; without one, workers see the same disk. */
  readonly store?: ObjectStore | undefined;
  /** Of all its runs, against those of other sweeps: within {@link priorityRange}, the lower ones first. Default 0. */
  readonly priority?: number;
  readonly log: Pick<Log, 'warn'>;
}

/** Which of several sweeps goes first: the lower one. */
export const priorityRange = { least: -100, most: 100 } as const;
/** Within a sweep, runs differ by less than this. */
const prioritiesPerSweep = 10_000;

/** How a run ends that is carried out elsewhere: as `carryOut` of `runSweep`. */
export interface SweepQueue {
  /**
   * Puts the run into the queue, unless it is there, and waits for its end; with a store its folder is brought to `<outDir>/<run>` then.
   * An abort ends the waiting alone: the run goes on, and who asks again finds it.
   */
  carryOut(
    job: RunJob,
    options: {
      readonly outDir: string;
      readonly signal?: AbortSignal;
      readonly onStatus?: (progress: RunProgress) => void;
    },
  ): Promise<RunEnd>;
  /** Tells `onStatus` of the runs that workers have how far they are. */
  tellProgress(workers: readonly Pick<WorkerRecord, 'runs'>[]): void;
  close(): Promise<void>;
}

/** The server tells of ends; it is asked, too, for those that it told of while nobody could hear. */
const lookEveryMs = 15_000;
/** Runs that come within the same moment are sent together. */
const gatherMs = 20;

/** @throws QueueError where the server cannot be reached */
export function createSweepQueue({
  fleet,
  store,
  log,
  priority = 0,
  ...options
}: QueueSweepOptions): SweepQueue {
  const { queue, redis, keys } = fleet;
  const events = new QueueEvents(keys.queue, { connection: redis, prefix: keys.prefix });
  events.on('error', () => {});
  const waiting = new Map<string, () => void>();
  const listeners = new Map<string, (progress: RunProgress) => void>();
  const wake = ({ jobId }: { readonly jobId: string }) => waiting.get(jobId)?.();
  events.on('completed', wake);
  events.on('failed', wake);
  const data = new Map<string, Promise<string>>();
  const gathered = gatherRuns((runs) => queueRuns(fleet, runs, options));

  const queuedOf = async (job: RunJob, outDir: string): Promise<QueuedRun> => {
    if (!store) return { version: 1, job, out: path.resolve(outDir) };
    const { path: photos } = job.config['data'] as { readonly path: string };
    // One data set of a hundred runs is sent once.
    if (!data.has(photos)) data.set(photos, sendData(store, photos));
    return { version: 1, job, data: await data.get(photos)! };
  };
  /** Waits until the queue says that the run has ended. */
  const untilEnded = async (id: string, signal: AbortSignal | undefined): Promise<RunEnd | undefined> => {
    while (!signal?.aborted) {
      const told = new Promise<void>((resolve) => waiting.set(id, resolve));
      const end = await endOf(queue, id);
      if (end) return end;
      const woken = new AbortController();
      const stop = () => woken.abort();
      signal?.addEventListener('abort', stop, { once: true });
      await Promise.race([
        told,
        delay(lookEveryMs, undefined, { signal: woken.signal }).catch(() => undefined),
      ]);
      signal?.removeEventListener('abort', stop);
      woken.abort();
    }
    return undefined;
  };
  return {
    async carryOut(planned, { outDir, signal, onStatus }) {
      const job = { ...planned, priority: priorityOf(priority, planned.priority) };
      const id = queuedRunId(job);
      try {
        const queued = await queuedOf(job, outDir);
        await clearFormer(await queue.getJob(id), queued);
        if (onStatus) listeners.set(id, onStatus);
        await gathered(queued);
        const end = await untilEnded(id, signal);
        if (!end) return { outcome: 'givenBack', step: 0, trainSeconds: 0, metrics: {} };
        if (store) await bring(store, job, outDir, log);
        return end;
      } finally {
        waiting.delete(id);
        listeners.delete(id);
      }
    },
    tellProgress(workers) {
      for (const { id, ...progress } of workers.flatMap(({ runs }) => runs)) listeners.get(id)?.(progress);
    },
    async close() {
      await events.close();
    },
  };
}

/** As the queue has it: 0 or more. @param within of a sweep: higher rungs first */
function priorityOf(sweep: number, within: number): number {
  return (sweep - priorityRange.least) * prioritiesPerSweep + Math.min(within, prioritiesPerSweep - 1);
}

/**
 * A run of this name that has ended is no answer: who asks has looked, and does not have its result. What waits or runs is.
 * @throws QueueError for one that waits or runs with other settings
 */
async function clearFormer(former: Job<QueuedRun> | undefined, queued: QueuedRun): Promise<void> {
  if (!former) return;
  if ((await former.isCompleted()) || (await former.isFailed())) {
    await former.remove();
    return;
  }
  const { priority } = queued.job;
  const plain = ({ job, ...rest }: QueuedRun): unknown =>
    JSON.parse(JSON.stringify({ ...rest, job: { ...job, priority } }));
  if (!isDeepStrictEqual(plain(former.data), plain(queued)))
    throw new QueueError(
      `the fleet has a run ${former.id} with other settings: stop it (nerfstream fleet stop ${former.id}), or give the sweep another name`,
    );
  // One that runs by now has its turn already.
  if (former.priority !== priority) await former.changePriority({ priority }).catch(() => undefined);
}

/** How the run has ended, if it has. */
async function endOf(queue: Fleet['queue'], id: string): Promise<RunEnd | undefined> {
  // The state first: a job that was read before it ended does not say how.
  const state = await queue.getJobState(id);
  if (state !== 'completed' && state !== 'failed' && state !== 'unknown') return undefined;
  const job = await queue.getJob(id);
  if (!job) return failedEnd('it was taken out of the queue');
  if (state === 'failed') return failedEnd(job.failedReason);
  return (
    runEndSchema.safeParse(job.returnvalue).data ??
    failedEnd('its worker said how it ended in a way that is not understood')
  );
}

function failedEnd(error: string): RunEnd {
  return { outcome: 'failed', error, badInput: false, step: 0, trainSeconds: 0, metrics: {} };
}

/** The run's folder comes to where a sweep on one machine would have it. */
async function bring(store: ObjectStore, { sweep, run }: RunJob, outDir: string, log: Pick<Log, 'warn'>) {
  const folder = path.join(outDir, run);
  await rm(folder, { recursive: true, force: true });
  await storedRun(store, { sweep, run, log }).fetch(folder);
}

/** Sends what is asked for within a moment at once. */
function gatherRuns(send: (runs: readonly QueuedRun[]) => Promise<void>): (run: QueuedRun) => Promise<void> {
  let gathering: { readonly runs: QueuedRun[]; readonly sent: Promise<void> } | undefined;
  return (run) => {
    if (!gathering) {
      const runs: QueuedRun[] = [];
      const sent = delay(gatherMs).then(() => {
        gathering = undefined;
        return send(runs);
      });
      gathering = { runs, sent };
    }
    gathering.runs.push(run);
    return gathering.sent;
  };
}
