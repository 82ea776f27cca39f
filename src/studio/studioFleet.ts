/** A fleet as the studio shows and steers it: read for all pages at once, only while somebody looks, and through every absence of Redis. */
import { setTimeout as delay } from 'node:timers/promises';
import { QueueError } from '../errors.ts';
import type { FleetAnswers } from '../fleet/queue/askWorkers.ts';
import { fleetStatus, pauseFleet, resumeFleet, stopInFleet } from '../fleet/queue/commandFleet.ts';
import type { Fleet } from '../fleet/queue/fleet.ts';
import type { FleetListing, ListedRun } from '../fleet/queue/fleetListing.ts';
import { isMeant, parseTarget, runOfId } from '../fleet/queue/fleetTarget.ts';
import { listFleet } from '../fleet/queue/listFleet.ts';
import type { FleetList, FleetRun, FleetRunCommand } from './fleetProtocol.ts';

export interface StudioFleet {
  /** As old as {@link fleetFreshMs} at most, unless it says that there is a problem. Never rejects. */
  list(): Promise<Omit<FleetList, 'readOnly'>>;
  /** Resolves once the command has taken effect, or it is known why it has not. @throws QueueError where there is no such run */
  perform(command: FleetRunCommand): Promise<FleetAnswer>;
  close(): Promise<void>;
}

/** What became of a command, in words for people. */
export interface FleetAnswer {
  readonly said: string;
  /** `away`: Redis is, and nothing was done. `silent`: a worker has not answered yet, and may do it later. */
  readonly problem?: 'away' | 'silent';
}

/**
 * Where runs of a sweep lie on this disk: finds the name under which the studio has one, undefined where its folder is not there.
 */
export type FindSweepHere = (sweep: string) => Promise<(run: string) => Promise<string | undefined>>;

/** One answer serves whoever asks within so long. */
export const fleetFreshMs = 2_000;
/** A server that answers nothing for so long is away, whatever the connection says. */
const answerMs = 5_000;
const performMs = 20_000;

const away =
  'Redis is away: the list is as it was then, and goes on by itself when the server is back. Runs train on meanwhile.';
const refuses = 'Redis refuses to answer: it may want another password by now, or be of another kind.';

const none = { held: 0, unheard: 0, setAside: 0, putOff: 0, waiting: 0, done: 0 };

/** @param fleet is closed with it */
export function createStudioFleet(fleet: Fleet, findSweep: FindSweepHere): StudioFleet {
  let last: FleetListing & Pick<FleetList, 'runs'> = {
    fleet: fleet.name,
    paused: [],
    workers: 0,
    runs: [],
    counts: none,
    more: none,
  };
  let answer: { readonly at: number; readonly list: Promise<Omit<FleetList, 'readOnly'>> } | undefined;
  /** A question that a server which is away has not answered: another one would only wait behind it. */
  let asked: Promise<void> | undefined;

  const ask = async (): Promise<void> => {
    const listed = await listFleet(fleet);
    last = { ...listed, runs: await withPlaces(listed.runs, findSweep) };
  };
  const make = async (): Promise<Omit<FleetList, 'readOnly'>> => {
    if (fleet.redis.status !== 'ready') return { ...last, problem: away };
    asked ??= ask().finally(() => {
      asked = undefined;
    });
    const patience = new AbortController();
    try {
      const problem = await Promise.race([
        asked.then(() => undefined),
        delay(answerMs, away, { signal: patience.signal }),
      ]);
      return { ...last, ...(problem !== undefined && { problem }) };
    } catch {
      return { ...last, problem: fleet.redis.status === 'ready' ? refuses : away };
    } finally {
      patience.abort();
    }
  };
  return {
    list() {
      if (!answer || performance.now() - answer.at >= fleetFreshMs)
        answer = { at: performance.now(), list: make() };
      return answer.list;
    },
    async perform({ command, run }) {
      const target = parseTarget(run);
      if (target.kind !== 'run') throw new QueueError(`${JSON.stringify(run)}: expected SWEEP/RUN`);
      if (fleet.redis.status !== 'ready') return { said: away, problem: 'away' };
      const perform = { pause: pauseFleet, resume: resumeFleet, stop: stopInFleet }[command];
      const answers = await perform(fleet, target, performMs);
      answer = undefined;
      if (answers.silent > 0)
        return {
          said: `${answers.silent} of ${answers.workers} workers have not answered yet.`,
          problem: 'silent',
        };
      const { paused } = await fleetStatus(fleet);
      const holds = paused.find((text) => isMeant(parseTarget(text), target, ''));
      if (command === 'resume' && holds) return { said: `${run} stays paused, because ${holds} is.` };
      return { said: outcome(command, run, answers) };
    },
    close: () => fleet.close(),
  };
}

async function withPlaces(
  runs: readonly ListedRun[],
  findSweep: FindSweepHere,
): Promise<readonly FleetRun[]> {
  const sweeps = new Map<string, ReturnType<FindSweepHere>>();
  return Promise.all(
    runs.map(async (run) => {
      const { sweep, run: name } = runOfId(run.name);
      if (!sweeps.has(sweep)) sweeps.set(sweep, findSweep(sweep));
      const here = await (await sweeps.get(sweep)!)(name);
      return here === undefined ? run : { ...run, here };
    }),
  );
}

/** In words for people. */
function outcome(
  command: FleetRunCommand['command'],
  run: string,
  { runs, removed = 0 }: FleetAnswers & { readonly removed?: number },
): string {
  const [told] = runs;
  if (told) return `${run} on ${told.worker}: ${told.said}.`;
  if (removed > 0) return `${run} is taken out of the queue.`;
  const nothing = {
    pause: 'is paused: it waits in the queue until it is resumed',
    resume: 'goes on when a worker takes it',
    stop: 'has ended already',
  };
  return `${run} ${nothing[command]}.`;
}
