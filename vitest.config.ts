import { readdirSync } from 'node:fs';
import { defineConfig } from 'vitest/config';

/** Tests that start processes, train to the end or kill things: real, and slow. */
const endToEnd = [
  'test/cli/**/*.test.ts',
  'test/fleet/queue/**/*.test.ts',
  'test/fleet/store/s3Store.test.ts',
  'test/sinks/**/*.test.ts',
  'test/browser/**/*.test.ts',
  'test/examples/**/*.test.ts',
  'test/checkpoint/kill.test.ts',
  'test/fleet/carryOutRun.test.ts',
  'test/fleet/sweepCommand.test.ts',
  'test/golden/changedValues.test.ts',
  'test/tfjs-core/**/*.test.ts',
  'test/package.test.ts',
];

/** Rooms of plain computing and files: no tensors, no kernels, no settings of the process. Their tests share processes, a start of one for each is saved. */
const plainRooms = [
  'config',
  'data',
  'docs',
  'fleet',
  'profile',
  'render',
  'schedulers',
  'scripts',
  'studio',
];

const otherRooms = readdirSync(new URL('test', import.meta.url)).filter((name) => !plainRooms.includes(name));

/** What trains, serves, counts memory or draws on all threads in a plain room has a process of its own. */
const alone = [
  'test/data/cases.test.ts',
  'test/data/dataparsers/fuzz.test.ts',
  'test/data/demo/**/*.test.ts',
  'test/studio/startStudio.test.ts',
];

/** TensorFlow against our own engines: skipped, by name, where no binding of TensorFlow is installed. */
const native = ['test/native/**/*.test.ts'];

export default defineConfig({
  test: {
    pool: 'forks',
    maxWorkers: 2,
    testTimeout: 30_000,
    hookTimeout: 60_000,
    // As long as a slow machine needs.
    expect: { poll: { timeout: 20_000 } },
    setupFiles: ['test/setup.ts'],
    projects: [
      {
        extends: true,
        test: {
          name: 'unit',
          include: ['test/*.test.ts', `test/{${otherRooms.join(',')}}/**/*.test.ts`, ...alone],
          exclude: [...endToEnd, ...native],
        },
      },
      {
        extends: true,
        test: {
          name: 'unit-plain',
          isolate: false,
          include: [`test/{${plainRooms.join(',')}}/**/*.test.ts`],
          exclude: [...endToEnd, ...alone],
        },
      },
      { extends: true, test: { name: 'end-to-end', include: endToEnd } },
      { extends: true, test: { name: 'native', include: native } },
    ],
  },
});
