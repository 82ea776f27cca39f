/** What is said of the runs of a fleet, and where each is listed. */
import type { FleetList, FleetRun } from '../../fleetProtocol.ts';
import type { RunEntry } from '../../protocol.ts';
import { shownNumber } from '../formats.ts';

/** A run of the folder, and what the fleet says of it where it is one of its runs. */
export interface RunHere {
  readonly entry: RunEntry;
  readonly ofFleet?: FleetRun;
}

/** Each run once: in the list of the folder where its folder is there, else in that of the fleet. */
export function placesOf(
  entries: readonly RunEntry[],
  runs: readonly FleetRun[],
): readonly [here: readonly RunHere[], elsewhere: readonly FleetRun[]] {
  const byName = new Map(runs.flatMap((run) => (run.here === undefined ? [] : [[run.here, run] as const])));
  const here = entries.map((entry): RunHere => {
    const ofFleet = byName.get(entry.name);
    return ofFleet ? { entry, ofFleet } : { entry };
  });
  const names = new Set(entries.map(({ name }) => name));
  return [here, runs.filter((run) => run.here === undefined || !names.has(run.here))];
}

const doings: Readonly<Record<string, string>> = {
  fetching: 'fetching its photos',
  checkpointing: 'saving',
  serving: 'rendering',
  sending: 'sending what it has made',
};

/** What a run does, or is: `training, step 300 of 2,000`. */
export function stateWords({ state, doing = '', step, maxSteps, pausedAs, rate }: FleetRun): string {
  const at = step === undefined ? '' : ` step ${shownNumber(step)}`;
  switch (state) {
    case 'held': {
      const place = step === undefined ? '' : `,${at} of ${shownNumber(maxSteps)}`;
      const speed = rate === undefined || doing !== 'training' ? '' : `, ${shownNumber(rate, 3)} a second`;
      return `${doings[doing] ?? doing}${place}${speed}`;
    }
    case 'unheard':
      return 'taken by a worker that has not told of it yet';
    case 'setAside':
      return 'set aside';
    case 'putOff':
      return pausedAs === undefined ? 'is tried again later' : 'paused';
    case 'waiting':
      return pausedAs === undefined ? 'waiting' : 'waiting, paused';
    case 'done':
      return `${{ completed: 'done', stopped: 'stopped', evaluated: 'evaluated' }[doing] ?? 'done'}${at && `,${at}`}`;
  }
}

const words = {
  held: 'with workers',
  unheard: 'taken',
  setAside: 'set aside',
  putOff: 'put off',
  waiting: 'waiting',
  done: 'done',
} as const;

/** `2 with workers, 9,950 waiting`; of none: nothing. */
export function countWords(counts: FleetList['counts']): string {
  return (Object.keys(words) as (keyof typeof words)[])
    .filter((state) => counts[state] > 0)
    .map((state) => `${shownNumber(counts[state])} ${words[state]}`)
    .join(', ');
}
