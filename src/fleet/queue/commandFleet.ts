/** What people ask of a fleet: how it is, and that runs and workers pause, go on, or end. */
import { randomUUID } from 'node:crypto';
import type { Fleet } from './fleet.ts';
import {
  type FleetAnswer,
  type FleetAsk,
  type FleetCommand,
  fleetAnswerSchema,
  readMessage,
  type WorkerRecord,
} from './fleetMessages.ts';
import { describeTarget, type FleetTarget, parseTarget } from './queuedRun.ts';
import { readWorkers } from './workerRecord.ts';

export interface FleetStatus {
  readonly fleet: string;
  readonly redis: string;
  /** What is paused: `all`, sweeps, runs, workers. */
  readonly paused: readonly string[];
  readonly runs: {
    readonly waiting: number;
    /** With a worker, or with one that has vanished and is not missed yet. */
    readonly running: number;
    /** Tried again later, or paused. */
    readonly delayed: number;
    readonly completed: number;
    readonly setAside: number;
  };
  readonly workers: readonly WorkerRecord[];
  /** The newest runs that failed for good, with their error lines: twenty at most. */
  readonly setAside: readonly SetAsideRun[];
}

export interface SetAsideRun {
  readonly id: string;
  readonly attempts: number;
  readonly error: string;
}

/** What workers said to a command. */
export interface FleetAnswers {
  readonly runs: readonly (FleetAnswer['runs'][number] & { readonly worker: string })[];
  /** How many workers heard it, and how many of them did not answer in time. */
  readonly workers: number;
  readonly silent: number;
}

const shownSetAside = 20;
const idsAtOnce = 1_000;

/** Takes as long for a full queue as for an empty one. */
export async function fleetStatus(fleet: Fleet): Promise<FleetStatus> {
  const { queue, redis, keys } = fleet;
  const [counts, failed, workers, paused] = await Promise.all([
    queue.getJobCounts('wait', 'prioritized', 'active', 'delayed', 'completed', 'failed'),
    queue.getFailed(0, shownSetAside - 1),
    readWorkers(fleet),
    redis.smembers(keys.paused),
  ]);
  const count = (...states: readonly string[]) =>
    states.reduce((sum, state) => sum + (counts[state] ?? 0), 0);
  return {
    fleet: fleet.name,
    redis: fleet.server.shown,
    paused: paused.sort(),
    runs: {
      waiting: count('wait', 'prioritized'),
      running: count('active'),
      delayed: count('delayed'),
      completed: count('completed'),
      setAside: count('failed'),
    },
    workers,
    setAside: failed.map(({ id = '', attemptsMade, failedReason }) => ({
      id,
      attempts: attemptsMade,
      error: failedReason,
    })),
  };
}

/** Holds everything that is meant, and whatever comes to be: until it is resumed, across restarts of workers and server. */
export async function pauseFleet(
  fleet: Fleet,
  target: FleetTarget,
  timeoutMs: number,
): Promise<FleetAnswers> {
  await fleet.redis.sadd(fleet.keys.paused, describeTarget(target));
  if (target.kind === 'all') await fleet.queue.pause();
  return ask(fleet, target, { type: 'pause' }, timeoutMs);
}

/** Lets go on what was paused as `target` or as a part of it; what is paused as part of something larger stays so. */
export async function resumeFleet(
  fleet: Fleet,
  target: FleetTarget,
  timeoutMs: number,
): Promise<FleetAnswers> {
  const { redis, queue, keys } = fleet;
  const parts = (await redis.smembers(keys.paused)).filter((text) => isPart(parseTarget(text), target));
  if (parts.length > 0) await redis.srem(keys.paused, parts);
  if (target.kind === 'all') await queue.resume();
  // Those that a worker put off because they were paused.
  for (const id of await queuedIds(fleet, target, ['delayed']))
    await (await queue.getJob(id))?.promote().catch(() => undefined);
  return ask(fleet, target, { type: 'resume' }, timeoutMs);
}

/**
 * Ends runs for good, evaluated and saved, and takes those that wait out of the queue; a worker that is meant gives its runs back and ends.
 * @returns what workers said, and how many runs were taken out
 */
export async function stopInFleet(
  fleet: Fleet,
  target: FleetTarget,
  timeoutMs: number,
): Promise<FleetAnswers & { readonly removed: number }> {
  let removed = 0;
  // Before those that run: their places would be filled again.
  for (const id of await queuedIds(fleet, target, ['wait', 'prioritized', 'delayed']))
    removed += await fleet.queue.remove(id);
  return { ...(await ask(fleet, target, { type: 'stop' }, timeoutMs)), removed };
}

/** Asks workers for the last lines of the logs of runs that they have. */
export function logsInFleet(
  fleet: Fleet,
  target: FleetTarget,
  lines: number,
  timeoutMs: number,
): Promise<FleetAnswers> {
  return ask(fleet, target, { type: 'logs', lines }, timeoutMs);
}

function isPart(part: FleetTarget, whole: FleetTarget): boolean {
  if (whole.kind === 'all' || describeTarget(part) === describeTarget(whole)) return true;
  return whole.kind === 'sweep' && part.kind === 'run' && part.sweep === whole.sweep;
}

/** Ids of runs that are meant and lie in the queue in one of these states. */
async function queuedIds(
  { queue }: Fleet,
  target: FleetTarget,
  states: readonly ('wait' | 'prioritized' | 'delayed')[],
): Promise<string[]> {
  if (target.kind === 'worker') return [];
  const found: string[] = [];
  for (let at = 0; ; at += idsAtOnce) {
    const ids = await queue.getRanges([...states], at, at + idsAtOnce - 1);
    found.push(...ids);
    if (ids.length === 0) break;
  }
  const place = describeTarget(target);
  return [...new Set(found)].filter((id) => {
    if (target.kind === 'all') return true;
    return target.kind === 'sweep' ? id.startsWith(`${place}/`) : id.replace(/@\d+$/, '') === place;
  });
}

/** Tells every worker, and waits until all of them have answered. */
async function ask(
  fleet: Fleet,
  target: FleetTarget,
  what: FleetAsk,
  timeoutMs: number,
): Promise<FleetAnswers> {
  const { redis, keys } = fleet;
  const command: FleetCommand = { id: randomUUID(), target, ask: what };
  const ear = redis.duplicate();
  ear.on('error', () => {});
  const answers: FleetAnswer[] = [];
  let heard = Number.POSITIVE_INFINITY;
  try {
    await ear.subscribe(keys.answers(command.id));
    const all = new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, timeoutMs);
      const look = () => {
        if (answers.length < heard) return;
        clearTimeout(timer);
        resolve();
      };
      ear.on('message', (_channel: string, text: string) => {
        const answer = readMessage(fleetAnswerSchema, text);
        if (answer) answers.push(answer);
        look();
      });
      void redis.publish(keys.commands, JSON.stringify(command)).then((count) => {
        heard = count;
        look();
      }, resolve);
    });
    await all;
  } finally {
    ear.disconnect();
  }
  const workers = Number.isFinite(heard) ? heard : 0;
  return {
    runs: answers.flatMap(({ worker, runs }) => runs.map((run) => ({ ...run, worker }))),
    workers,
    silent: workers - answers.length,
  };
}
