import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { expect, it } from 'vitest';
import { findRunFolder, findSweepIn } from '../../src/studio/sweepFolders.ts';
import { temporaryFolder } from '../support/temporaryFolder.ts';

/** `runs` holds the run `alone`, the folder `plain`, and the sweep `fox` with the runs `seed=1` and `seed=2`. */
function folders() {
  const outside = temporaryFolder();
  const runs = path.join(outside, 'runs');
  const run = (...place: string[]) => {
    const folder = path.join(runs, ...place);
    mkdirSync(folder, { recursive: true });
    writeFileSync(path.join(folder, 'config.yaml'), 'method: splat\n');
    return folder;
  };
  run('alone');
  run('plain', 'inner');
  const first = run('fox', 'seed=1');
  run('fox', 'seed=2');
  const plan = { version: 1, name: 'fox', runs: [{ run: 'seed=1', scene: '"name": "other"' }] };
  writeFileSync(path.join(runs, 'fox', 'sweep.json'), JSON.stringify(plan, undefined, 1));
  symlinkSync(first, path.join(runs, 'link'));
  return { outside, runs, first };
}

it('[SU12] a name is that of a run in the folder, or of one in a sweep in it, and leads nowhere else', async () => {
  const { runs, first } = folders();
  expect(await findRunFolder(runs, 'alone')).toBe(path.join(runs, 'alone'));
  expect(await findRunFolder(runs, 'fox/seed=1')).toBe(first);
  for (const name of [
    ...['fox', 'nobody', 'link', 'plain/inner', 'fox/seed=3', 'fox/', '/alone', ''],
    ...[
      '../runs',
      '../runs/alone',
      'fox/../alone',
      'fox/seed=1/..',
      './alone',
      'alone/.',
      'link/checkpoints',
    ],
  ])
    expect(await findRunFolder(runs, name), name).toBeUndefined();
});

it('[SU12] a run of a sweep is found in the folder of the sweep, and beside other runs', async () => {
  const { runs } = folders();
  const beside = await findSweepIn(runs, 'fox');
  expect([await beside('seed=1'), await beside('seed=9')]).toEqual(['fox/seed=1', undefined]);
  const within = await findSweepIn(path.join(runs, 'fox'), 'fox');
  expect([await within('seed=2'), await within('../alone')]).toEqual(['seed=2', undefined]);
  // Another sweep's run of the same name is another run.
  for (const sweep of ['other', 'plain', '../runs/fox', '..'])
    expect(await (await findSweepIn(runs, sweep))('seed=1'), sweep).toBeUndefined();
  expect(await (await findSweepIn(path.join(runs, 'fox'), 'hare'))('seed=1')).toBeUndefined();
});
