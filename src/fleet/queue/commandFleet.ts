/** What people ask of a fleet: how it is, and that runs and workers pause, go on, or end. */
import { askWorkers, type FleetAnswers } from './askWorkers.ts';
import { checkKnown } from './checkKnown.ts';
import type { Fleet, FleetLine } from './fleet.ts';
import type { WorkerRecord } from './fleetMessages.ts';
import { describeTarget, type FleetTarget, parseTarget } from './fleetTarget.ts';
import { queuedIds } from './queuedIds.ts';
import type { SteeringCommand } from './steeringCommands.ts';
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

const shownSetAside = 20;

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

/**
 * Holds everything that is meant, and whatever comes to be: until it is resumed, across restarts of workers and server.
 *
 * Workers are told first, and the queue is held meanwhile: whatever a worker takes between, it puts back, because it has read what is paused.
 * @throws QueueError where there is nothing of that name; nothing stays paused then
 */
export async function pauseFleet(
  fleet: FleetLine,
  target: FleetTarget,
  timeoutMs: number,
): Promise<FleetAnswers> {
  const { redis, keys } = fleet;
  const name = describeTarget(target);
  const isNew = (await redis.sadd(keys.paused, name)) === 1;
  const holdQueue = async () => (await fleet.openQueue()).pause();
  const [answers] = await Promise.all([
    askWorkers(fleet, target, { type: 'pause' }, timeoutMs),
    target.kind === 'all' && holdQueue(),
  ]);
  // Known runs need not wait for that to be found out.
  if (isNew && answers.runs.length === 0)
    await checkKnown(fleet, target).catch(async (error: unknown) => {
      await redis.srem(keys.paused, name);
      throw error;
    });
  return answers;
}

/**
 * Lets go on what was paused as `target` or as a part of it; what is paused as part of something larger stays so.
 * @throws QueueError where there is nothing of that name
 */
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
  const putOff = await queuedIds(fleet, target, ['delayed']);
  for (const id of putOff) await (await queue.getJob(id))?.promote().catch(() => undefined);
  const answers = await askWorkers(fleet, target, { type: 'resume' }, timeoutMs);
  if (parts.length + putOff.length + answers.runs.length === 0) await checkKnown(fleet, target);
  return answers;
}

/**
 * Ends runs for good, saved as they are, and takes those that wait out of the queue; a worker that is meant gives its runs back and ends.
 * @returns what workers said, and how many runs were taken out
 * @throws QueueError where there is nothing of that name
 */
export async function stopInFleet(
  fleet: Fleet,
  target: FleetTarget,
  timeoutMs: number,
): Promise<FleetAnswers & { readonly removed: number }> {
  // An idle worker is gone by the time that it has answered.
  if (target.kind === 'worker') await checkKnown(fleet, target);
  let removed = 0;
  // Before those that run: their places would be filled again.
  for (const id of await queuedIds(fleet, target, ['wait', 'prioritized', 'delayed']))
    removed += await fleet.queue.remove(id);
  const answers = await askWorkers(fleet, target, { type: 'stop' }, timeoutMs);
  if (target.kind !== 'worker' && removed + answers.runs.length === 0) await checkKnown(fleet, target);
  return { ...answers, removed };
}

/**
 * Gives a command to the trainers of runs that are meant.
 * @returns what each says once it has taken effect, or why it did not
 * @throws QueueError where there is nothing of that name
 */
export async function steerFleet(
  fleet: FleetLine,
  target: FleetTarget,
  command: SteeringCommand,
  timeoutMs: number,
): Promise<FleetAnswers> {
  const answers = await askWorkers(fleet, target, { type: 'perform', command }, timeoutMs);
  if (answers.runs.length === 0) await checkKnown(fleet, target);
  return answers;
}

function isPart(part: FleetTarget, whole: FleetTarget): boolean {
  if (whole.kind === 'all' || describeTarget(part) === describeTarget(whole)) return true;
  return whole.kind === 'sweep' && part.kind === 'run' && part.sweep === whole.sweep;
}
