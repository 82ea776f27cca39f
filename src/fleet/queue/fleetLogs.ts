/** Logs of runs, wherever they are: from the worker that has the run, or, once it has ended, from where it lies. */
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { runPaths } from '../../runFolder/runPaths.ts';
import { askWorkers, type FleetAnswers } from './askWorkers.ts';
import type { Fleet } from './fleet.ts';
import { describeTarget, type FleetTarget } from './fleetTarget.ts';
import { queuedIds } from './queuedIds.ts';
import type { QueuedRun } from './queuedRun.ts';
import type { Job } from './queueLibraries.ts';
import { readLog } from './readLog.ts';
import { readWorkers } from './workerRecord.ts';

type RunTarget = Extract<FleetTarget, { kind: 'run' }>;

/** Part of a run's log, and who had it: a worker, or undefined for this machine. */
export interface FleetLog {
  readonly worker?: string | undefined;
  readonly text: string;
  /** Bytes of the log up to here. */
  readonly at: number;
}

/** How a run stands that no worker has. */
export interface QueuedEnd {
  readonly state: string;
  /** In one line. */
  readonly said: string;
  readonly log?: FleetLog;
}

export interface FollowOptions {
  /** Of what there is at first. */
  readonly lines: number;
  readonly signal: AbortSignal;
  /** How long workers have to answer. */
  readonly timeoutMs: number;
  /** Told whole lines as they come, each with its line break. */
  readonly onText: (text: string) => void;
  /** Told when another worker has the run, or nobody has. */
  readonly onNote: (note: string) => void;
}

const followEveryMs = 1_000;
const ended = new Set(['completed', 'failed']);
/** Of workers, so many are asked for the log of a run that has ended. */
const mostAsked = 5;

/** The last lines of logs of runs that workers have now. */
export function logsInFleet(
  fleet: Fleet,
  target: FleetTarget,
  lines: number,
  timeoutMs: number,
): Promise<FleetAnswers> {
  return askWorkers(fleet, target, { type: 'logs', lines }, timeoutMs);
}

/** What is known of a run that no worker has: its state, and the end of its log once it has ended. @returns undefined where the queue does not know it */
export async function endInFleet(
  fleet: Fleet,
  target: RunTarget,
  wish: { readonly lines: number; readonly from?: number | undefined },
  timeoutMs: number,
): Promise<QueuedEnd | undefined> {
  const job = await newestJob(fleet, target);
  if (!job) return undefined;
  const state = await job.getState();
  const said =
    state === 'failed' ? `set aside after ${job.attemptsMade} attempts: ${job.failedReason}` : state;
  const log = ended.has(state) ? await logOfEnded(fleet, target, job, wish, timeoutMs) : undefined;
  return { state, said, ...(log && { log }) };
}

/**
 * Tells a run's log as it grows, from worker to worker, until the run has ended.
 * @returns how it ended; undefined after an abort, or where the queue does not know the run
 */
export async function followLog(
  fleet: Fleet,
  target: RunTarget,
  { lines, signal, timeoutMs, onText, onNote }: FollowOptions,
): Promise<QueuedEnd | undefined> {
  let worker: string | undefined;
  let from: number | undefined;
  let note: string | undefined;
  const tell = ({ text, at }: Pick<FleetLog, 'text' | 'at'>) => {
    if (text !== '') onText(`${text}\n`);
    from = at;
  };
  const tellNote = (now: string) => {
    if (now !== note) onNote(now);
    note = now;
  };
  while (!signal.aborted) {
    const { runs } = await askWorkers(fleet, target, { type: 'logs', lines, from }, timeoutMs, worker);
    const has = runs.find(({ ok }) => ok);
    if (has) {
      tellNote(`on ${has.worker}`);
      tell({ text: has.said, at: has.at ?? 0 });
      worker = has.worker;
    } else if (worker !== undefined) {
      // Given back, ended or vanished: whoever has it now may be asked at once.
      worker = undefined;
      continue;
    } else {
      const end = await endInFleet(fleet, target, { lines, from }, timeoutMs);
      if (end?.log) tell(end.log);
      if (!end || ended.has(end.state)) return end;
      tellNote(end.said);
    }
    await delay(followEveryMs, undefined, { signal }).catch(() => undefined);
  }
  return undefined;
}

/** The run's job; of one that stops at steps, the one that was put in last. */
async function newestJob(fleet: Fleet, target: RunTarget): Promise<Job<QueuedRun> | undefined> {
  const whole = await fleet.queue.getJob(describeTarget(target));
  if (whole) return whole;
  const states = ['active', 'wait', 'prioritized', 'delayed', 'completed', 'failed'] as const;
  const ids = await queuedIds(fleet, target, states);
  const jobs = await Promise.all(ids.map((id) => fleet.queue.getJob(id)));
  return jobs.filter((job) => job !== undefined).sort((a, b) => b.timestamp - a.timestamp)[0];
}

/** From this machine's disk where the run lies there, else from a worker that finds it. */
async function logOfEnded(
  fleet: Fleet,
  target: RunTarget,
  { data: { out } }: Job<QueuedRun>,
  wish: { readonly lines: number; readonly from?: number | undefined },
  timeoutMs: number,
): Promise<FleetLog | undefined> {
  if (out !== undefined) {
    const here = await readLog(runPaths(path.join(out, target.run)).log, wish);
    if (here.at > 0) return here;
  }
  for (const { name } of (await readWorkers(fleet)).slice(0, mostAsked)) {
    const { runs } = await askWorkers(
      fleet,
      target,
      { type: 'logs', ...wish, ended: { ...(out !== undefined && { out }) } },
      timeoutMs,
      name,
    );
    const found = runs.find(({ ok }) => ok);
    if (found) return { worker: name, text: found.said, at: found.at ?? 0 };
  }
  return undefined;
}
