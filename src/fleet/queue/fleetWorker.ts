/** A worker: takes runs from the queue of a fleet and carries each out in a process of its own. */
import { setTimeout as delay } from 'node:timers/promises';
import { systemClock } from '../../clock.ts';
import type { Log } from '../../log.ts';
import { configOfJob, type RunEnd } from '../runJob.ts';
import { type CarryOutPlaces, carryOutQueued } from './carryOutQueued.ts';
import { endedLog } from './endedLog.ts';
import type { Fleet } from './fleet.ts';
import type { WorkerRecord } from './fleetMessages.ts';
import { describeTarget, isMeant, parseTarget } from './fleetTarget.ts';
import { type HeldRun, heldRun } from './heldRun.ts';
import { listenToCommands } from './listenToCommands.ts';
import { parseQueuedRun, type QueuedRun, queuedRunId } from './queuedRun.ts';
import { DelayedError, type Job, UnrecoverableError, WaitingError, Worker } from './queueLibraries.ts';
import { trimEnded } from './trimEnded.ts';
import { announceWorker } from './workerRecord.ts';

export interface FleetWorkerOptions extends CarryOutPlaces {
  readonly fleet: Fleet;
  /** Runs at a time. */
  readonly concurrency: number;
  /** One folder name long; no other worker may bear it. */
  readonly name: string;
  readonly version: string;
  /** Milliseconds without a sign of life after which another worker may take this one's runs. Default 60,000. */
  readonly vanishedMs?: number;
  readonly log: Pick<Log, 'info' | 'warn'>;
  /** What carries out a run. Default: a process of the command line. */
  readonly carryOut?: typeof carryOutQueued;
}

export interface FleetWorker {
  readonly name: string;
  /** Resolves once the worker has ended, whoever asked for it. */
  readonly ended: Promise<void>;
  /** Takes nothing more; what it has saves and goes back to the queue. */
  stop(): Promise<void>;
}

export const defaultVanishedMs = 60_000;
/** A run whose workers vanish this often is set aside: it may be what kills them. */
const mostVanished = 20;
/** A run that is paused, and lay in the queue, is looked at again after this long. */
const pausedAgainMs = 10_000;
const awayLookMs = 500;
const mostAwayLooks = 20;

/** Starts it. @throws where the server cannot be reached */
export async function startFleetWorker(options: FleetWorkerOptions): Promise<FleetWorker> {
  const { fleet, name, log, concurrency, vanishedMs = defaultVanishedMs } = options;
  const held = new Map<string, HeldRun>();
  let paused: ReadonlySet<string> = new Set();
  let isEnding = false;
  let ended!: () => void;
  const whenEnded = new Promise<void>((resolve) => {
    ended = resolve;
  });
  const isPaused = (run: Pick<HeldRun, 'job'>) =>
    [...paused].some((text) => isMeant(parseTarget(text), run.job, name));
  const isPausedItself = () => paused.has(describeTarget({ kind: 'worker', worker: name }));

  const worker = new Worker<QueuedRun, RunEnd>(fleet.keys.queue, (job, token) => carryOut(job, token), {
    autorun: false,
    connection: fleet.redis,
    prefix: fleet.keys.prefix,
    name,
    concurrency,
    lockDuration: vanishedMs,
    stalledInterval: Math.ceil(vanishedMs / 2),
    maxStalledCount: mostVanished,
  });

  const carryOut = async (job: Job<QueuedRun, RunEnd>, token: string | undefined): Promise<RunEnd> => {
    const queued = readJob(job);
    const run = heldRun(job.id!, queued.job, configOfJob(queued.job).trainer.maxSteps);
    if (isPaused(run)) {
      await job.moveToDelayed(systemClock.now() + pausedAgainMs, token);
      throw new DelayedError();
    }
    held.set(run.id, run);
    try {
      if (isEnding) run.giveBack();
      log.info({ run: run.id }, `takes ${run.id}`);
      const end = await (options.carryOut ?? carryOutQueued)(queued, run, options);
      tellEnd(run.id, end, log);
      if (end.outcome === 'failed') throw new Error(end.error);
      if (end.outcome !== 'givenBack') return end;
    } finally {
      held.delete(run.id);
      run.end();
    }
    await job.moveToWait(token);
    throw new WaitingError();
  };

  /** Reads what is paused and has it take effect. @returns once every run that is meant does as it should */
  const applyPauses = async (): Promise<void> => {
    paused = new Set(await fleet.redis.smembers(fleet.keys.paused));
    if (isPausedItself()) void worker.pause(true);
    else if (worker.isPaused() && !isEnding) worker.resume();
    await Promise.all([...held.values()].map((run) => run.setPaused(isPaused(run))));
  };
  const record = (): Omit<WorkerRecord, 'host' | 'pid' | 'since'> => ({
    name,
    concurrency,
    version: options.version,
    paused: isPausedItself() || paused.has('all'),
    ending: isEnding,
    runs: [...held.values()].map((run) => run.record()),
  });

  const stop = async (): Promise<void> => {
    if (isEnding) return whenEnded;
    isEnding = true;
    for (const run of held.values()) run.giveBack();
    // Without a server nothing can be given back: the others find out by themselves.
    if (await Promise.race([worker.close().then(() => false), isAwayAfterAll(fleet, held)])) {
      log.warn({}, 'Redis is away: its runs are saved, and others take them once they are missed');
      void worker.close(true).catch(() => undefined);
    }
    stopReporting();
    await commands.close();
    await announced.close();
    ended();
  };

  worker.on('completed', (job) => void trimEnded(fleet, job));
  const stopReporting = reportWorker(worker, fleet, held, log);
  await applyPauses();
  const commands = await listenToCommands({
    ...{ fleet, name, held, applyPauses },
    stop: () => void stop(),
    endedLog: (place, wish) => endedLog(place, wish, options),
  });
  const announced = announceWorker(fleet, record, () => applyPauses());
  void worker.run().catch((error: Error) => log.warn({}, `the queue: ${error.message}`));
  return { name, ended: whenEnded, stop };
}

function tellEnd(id: string, end: RunEnd, log: Pick<Log, 'info' | 'warn'>): void {
  const what = { finished: 'finished', reachedStep: 'evaluated', failed: 'failed', givenBack: 'given back' };
  const text = `${id} ${what[end.outcome]} at step ${end.step}`;
  if (end.outcome === 'failed') log.warn({ run: id }, `${text}: ${end.error}`);
  else log.info({ run: id }, text);
}

/** Resolves, true, once every run has ended and the server has been away for a while since. */
async function isAwayAfterAll({ redis }: Fleet, held: ReadonlyMap<string, HeldRun>): Promise<true> {
  for (let away = 0; away < mostAwayLooks; ) {
    await delay(awayLookMs, undefined, { ref: false });
    away = held.size === 0 && redis.status !== 'ready' ? away + 1 : 0;
  }
  return true;
}

/** @throws UnrecoverableError for what can be carried out nowhere, today or later */
function readJob(job: Job<QueuedRun>): QueuedRun {
  try {
    const queued = parseQueuedRun(job.data);
    if (queuedRunId(queued.job) !== job.id) throw new Error(`it says that it is ${queuedRunId(queued.job)}`);
    return queued;
  } catch (error) {
    throw new UnrecoverableError((error as Error).message);
  }
}

/**
 * Says once that the server is away, and that it is back; gives up runs that others may have by then.
 * @returns stops saying that it is away
 */
function reportWorker(
  worker: Worker<QueuedRun, RunEnd>,
  { redis, server }: Fleet,
  held: ReadonlyMap<string, HeldRun>,
  log: Pick<Log, 'info' | 'warn'>,
): () => void {
  let isAway = false;
  const tellAway = () => {
    if (isAway) return;
    isAway = true;
    log.warn(
      {},
      `Redis at ${server.shown} is away: training goes on, and it is tried again until it is back`,
    );
  };
  redis.on('close', tellAway);
  redis.on('ready', () => {
    if (isAway) log.info({}, `Redis at ${server.shown} is back`);
    isAway = false;
  });
  worker.on('lockRenewalFailed', (ids) => {
    for (const id of ids) {
      if (!held.has(id)) continue;
      log.warn(
        { run: id },
        `${id} was given to another worker, because Redis was away for long: it is given up here`,
      );
      held.get(id)?.giveBack();
    }
  });
  // Connections say so above; what else there is concerns a run, which is told with it.
  worker.on('error', () => {});
  return () => void redis.off('close', tellAway);
}
