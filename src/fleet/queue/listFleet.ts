/** The runs of a fleet for people who look at a list: those that need them or go on now, and of those that wait or are done some. */
import { runEndSchema } from '../runJob.ts';
import { isBeginning } from '../runProgress.ts';
import { type FleetStatus, fleetStatus } from './commandFleet.ts';
import type { Fleet } from './fleet.ts';
import type { FleetListing, ListedRun } from './fleetListing.ts';
import type { HeldRunRecord } from './fleetMessages.ts';
import { isMeant, parseTarget, runOfId, withoutStop } from './fleetTarget.ts';
import type { QueuedRun } from './queuedRun.ts';
import type { Job } from './queueLibraries.ts';

/** Of each state so many are listed, however many there are. `setAside` has its limit in `fleetStatus`. */
const most = { held: 200, unheard: 20, putOff: 20, waiting: 50, done: 30 } as const;

/** Takes as long for a full queue as for one with a hundred runs. @throws what Redis answers */
export async function listFleet(fleet: Fleet): Promise<FleetListing> {
  const { queue } = fleet;
  const [status, active, waiting, delayed, completed] = await Promise.all([
    fleetStatus(fleet),
    queue.getRanges(['active'], 0, most.held + most.unheard - 1),
    // Those that are next.
    queue.getRanges(['wait', 'prioritized'], 0, most.waiting - 1, true),
    queue.getJobs(['delayed'], 0, most.putOff - 1, true),
    // The newest.
    queue.getJobs(['completed'], 0, most.done - 1),
  ]);
  const { paused, runs, workers, setAside } = status;
  const held = workers.flatMap((worker) => worker.runs.map((run) => heldRun(run, worker.name)));
  const known = new Set(workers.flatMap((worker) => worker.runs.map(({ id }) => id)));
  const unheard = active.filter((id) => !known.has(id)).slice(0, most.unheard);
  const found: readonly ListedRun[] = [
    ...held.slice(0, most.held),
    ...unheard.map((id): ListedRun => ({ name: withoutStop(id), state: 'unheard' })),
    ...setAside.map(({ id, error }): ListedRun => ({ name: withoutStop(id), state: 'setAside', error })),
    ...delayed.map(putOffRun),
    ...waiting.slice(0, most.waiting).map((id): ListedRun => ({ name: withoutStop(id), state: 'waiting' })),
    ...completed.map(doneRun),
  ];
  const counts = {
    held: held.length,
    unheard: Math.max(0, runs.running - held.length),
    setAside: runs.setAside,
    putOff: runs.delayed,
    waiting: runs.waiting,
    done: runs.completed,
  };
  const rest = (state: keyof typeof counts) =>
    Math.max(0, counts[state] - found.filter((run) => run.state === state).length);
  return {
    ...{ fleet: status.fleet, paused, workers: workers.length, counts },
    runs: eachOnce(found).map((run) => withPause(run, paused)),
    more: {
      ...{ held: rest('held'), unheard: rest('unheard'), setAside: rest('setAside') },
      ...{ putOff: rest('putOff'), waiting: rest('waiting'), done: rest('done') },
    },
  };
}

function heldRun({ id, state, step, maxSteps, stepsPerSecond, metrics }: HeldRunRecord, worker: string) {
  return {
    ...{ name: withoutStop(id), state: 'held', worker, doing: state, maxSteps },
    ...(!isBeginning(state) && { step }),
    ...(stepsPerSecond > 0 && !isBeginning(state) && { rate: stepsPerSecond }),
    ...measures(metrics),
  } satisfies ListedRun;
}

function putOffRun({ id = '', failedReason }: Job<QueuedRun>): ListedRun {
  return { name: withoutStop(id), state: 'putOff', ...(failedReason && { error: failedReason }) };
}

function doneRun({ id = '', returnvalue }: Job<QueuedRun>): ListedRun {
  const run = { name: withoutStop(id), state: 'done' } as const;
  const end = runEndSchema.safeParse(returnvalue).data;
  if (!end) return run;
  const doing = end.outcome === 'finished' ? end.ending : 'evaluated';
  return { ...run, doing, step: end.step, ...measures(end.metrics) };
}

function measures(metrics: Readonly<Record<string, number>>): Pick<ListedRun, 'psnr' | 'trainPsnr'> {
  const { 'eval/psnr': psnr, 'train/psnr': trainPsnr } = metrics;
  return { ...(psnr !== undefined && { psnr }), ...(trainPsnr !== undefined && { trainPsnr }) };
}

/** A run that came to several rungs is one, as it is now. */
function eachOnce(runs: readonly ListedRun[]): readonly ListedRun[] {
  const seen = new Set<string>();
  return runs.filter(({ name }) => !seen.has(name) && seen.add(name));
}

function withPause(run: ListedRun, paused: FleetStatus['paused']): ListedRun {
  if (run.state === 'setAside' || run.state === 'done') return run;
  const pausedAs = paused.find((text) => isMeant(parseTarget(text), runOfId(run.name), run.worker ?? ''));
  return { ...run, ...(pausedAs !== undefined && { pausedAs }) };
}
