import { expect, it } from 'vitest';
import type { FleetRun } from '../../../src/studio/fleetProtocol.ts';
import { countWords, placesOf, stateWords } from '../../../src/studio/page/runs/fleetWords.ts';
import type { RunEntry } from '../../../src/studio/protocol.ts';

const entry = (name: string): RunEntry => ({
  ...{ name, mode: 'finished', method: 'splat', status: 'completed', changedAt: 0 },
});
const run = (name: string, more: Partial<FleetRun> = {}): FleetRun => ({ name, state: 'waiting', ...more });

it('[SU12] a run whose folder is listed is there once, with what the fleet says of it', () => {
  const here = run('fox/seed=1', { here: 'seed=1' });
  // Its folder is there, but not in the list: it is that of another sweep in the folder.
  const within = run('hare/seed=1', { here: 'hare/seed=1' });
  const away = run('fox/seed=2');
  expect(placesOf([entry('alone'), entry('seed=1')], [away, here, within])).toEqual([
    [{ entry: entry('alone') }, { entry: entry('seed=1'), ofFleet: here }],
    [away, within],
  ]);
});

it.each([
  [
    { state: 'held', doing: 'training', step: 300, maxSteps: 2000, rate: 12.345 },
    'training, step 300 of 2,000, 12.3 a second',
  ],
  [{ state: 'held', doing: 'paused', step: 300, maxSteps: 2000 }, 'paused, step 300 of 2,000'],
  [{ state: 'held', doing: 'preparing', maxSteps: 2000 }, 'preparing'],
  [{ state: 'held', doing: 'fetching', maxSteps: 2000 }, 'fetching its photos'],
  [{ state: 'unheard' }, 'taken by a worker that has not told of it yet'],
  [{ state: 'waiting' }, 'waiting'],
  [{ state: 'waiting', pausedAs: 'all' }, 'waiting, paused'],
  [{ state: 'putOff', error: 'no photos' }, 'is tried again later'],
  [{ state: 'putOff', pausedAs: 'fox' }, 'paused'],
  [{ state: 'setAside', error: 'no photos' }, 'set aside'],
  [{ state: 'done', doing: 'completed', step: 2000 }, 'done, step 2,000'],
  [{ state: 'done', doing: 'evaluated', step: 90 }, 'evaluated, step 90'],
  [{ state: 'done' }, 'done'],
] as const)('[SU12] %j is said to be %s', (more, words) => {
  expect(stateWords(run('fox/seed=1', more))).toBe(words);
});

it('[SU12] what is not listed is counted', () => {
  const none = { held: 0, unheard: 0, setAside: 0, putOff: 0, waiting: 0, done: 0 };
  expect(countWords(none)).toBe('');
  expect(countWords({ ...none, held: 2, waiting: 9950 })).toBe('2 with workers, 9,950 waiting');
});
