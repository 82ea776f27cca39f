/** What a worker does with a run: brings what it needs, has it carried out, and sends what comes of it. */
import { realpath, rm } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { listCheckpoints } from '../../checkpoint/checkpointFiles.ts';
import { QueueError } from '../../errors.ts';
import type { Log } from '../../log.ts';
import { runPaths } from '../../runFolder/runPaths.ts';
import { carryOutRun } from '../carryOutRun.ts';
import type { RunEnd } from '../runJob.ts';
import type { ObjectStore } from '../store/objectStore.ts';
import { fetchData } from '../store/storedData.ts';
import { type StoredRun, storedRun } from '../store/storedRun.ts';
import { checkModules, isInside } from './allowedModules.ts';
import type { HeldRun } from './heldRun.ts';
import type { QueuedRun } from './queuedRun.ts';

export interface CarryOutPlaces {
  /** Runs that name no store lie below this folder, or are refused. */
  readonly out: string;
  readonly store?: ObjectStore | undefined;
  /** Data sets that were fetched. */
  readonly cache: string;
  /** Run folders while they are trained, of this worker alone; the store keeps them. */
  readonly work: string;
  readonly modules?: string | undefined;
  readonly threads?: number | undefined;
  readonly log: Pick<Log, 'warn'>;
}

const statusEveryMs = 2_000;
const lookEveryMs = 1_000;
/** What has ended is sent until it is there, for some minutes: hours of training may hang on it. */
const sendAttempts = 9;
const longestPauseMs = 60_000;

/**
 * Carries out a run until it ends, or until `held.signal` gives it back.
 * @throws StoreError, QueueError, ConfigError for what this worker cannot do
 */
export async function carryOutQueued(
  queued: QueuedRun,
  held: HeldRun,
  places: CarryOutPlaces,
): Promise<RunEnd> {
  await checkModules(queued.job, places.modules);
  if (places.store) return carryOutWithStore(queued, held, { ...places, store: places.store });
  const outDir = await allowedFolder(queued.out, places.out);
  held.at(path.join(outDir, queued.job.run));
  return carryOutRun(queued.job, { outDir, ...optionsOf(held, places) });
}

function optionsOf(held: HeldRun, { threads }: CarryOutPlaces) {
  return {
    signal: held.signal,
    onStatus: held.update,
    statusEveryMs,
    ...(threads !== undefined && { threads }),
  };
}

/** The folder of a sweep, which lies below that of the worker. @throws QueueError where it does not */
export async function allowedFolder(out: string | undefined, root: string): Promise<string> {
  if (out === undefined)
    throw new QueueError('this run lies in a store: start the worker with the --store of its sweep');
  const real = async (folder: string): Promise<string> => {
    const found = await realpath(folder).catch(() => undefined);
    return found ?? path.join(await real(path.dirname(folder)), path.basename(folder));
  };
  const [folder, allowed] = [await real(path.resolve(out)), await real(path.resolve(root))];
  if (folder !== allowed && !isInside(folder, allowed))
    throw new QueueError(
      `the sweep keeps its runs in ${out}, and this worker writes below ${root} only: start it with --out, or both with --store`,
    );
  return folder;
}

async function carryOutWithStore(
  { job, data }: QueuedRun,
  held: HeldRun,
  { store, ...places }: CarryOutPlaces & { readonly store: ObjectStore },
): Promise<RunEnd> {
  const outDir = path.join(places.work, job.sweep);
  const folder = path.join(outDir, job.run);
  const stored = storedRun(store, { sweep: job.sweep, run: job.run, log: places.log });
  try {
    held.is('fetching');
    const photos = data === undefined ? undefined : await fetchData(store, data, places.cache, held.signal);
    await stored.take(folder);
    held.is('preparing');
    held.at(folder);
    const ended = new AbortController();
    const sending = sendWhileTraining(stored, folder, ended.signal, places.log);
    let end: RunEnd;
    try {
      end = await carryOutRun(job, {
        outDir,
        ...optionsOf(held, places),
        ...(photos !== undefined && { data: photos }),
      });
    } finally {
      ended.abort();
      await sending;
    }
    held.is('sending');
    await sendEnd(stored, folder, end, held.signal);
    return end;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Sends each new checkpoint, with what belongs to it. */
async function sendWhileTraining(
  stored: StoredRun,
  folder: string,
  ended: AbortSignal,
  log: Pick<Log, 'warn'>,
): Promise<void> {
  const { checkpoints } = runPaths(folder);
  const newest = async () => (await listCheckpoints(checkpoints).catch(() => []))[0]?.step;
  let sent = await newest();
  while (!ended.aborted) {
    await delay(lookEveryMs, undefined, { signal: ended }).catch(() => undefined);
    const now = await newest();
    if (now === sent || now === undefined || ended.aborted) continue;
    try {
      if (!(await stored.send(folder))) return;
      sent = now;
    } catch (error) {
      log.warn({ folder }, `a checkpoint was not sent, and will be later: ${(error as Error).message}`);
    }
  }
}

/** @throws StoreError where the store could not be reached for minutes, or the worker is to end and cannot reach it */
async function sendEnd(stored: StoredRun, folder: string, end: RunEnd, signal: AbortSignal): Promise<void> {
  for (let attempt = 1; ; attempt++)
    try {
      await stored.send(folder, end);
      return;
    } catch (error) {
      if (attempt === sendAttempts || signal.aborted) throw error;
      await delay(Math.min(1_000 * 2 ** attempt, longestPauseMs), undefined, { signal }).catch(
        () => undefined,
      );
    }
}
