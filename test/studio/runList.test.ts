/** The list of runs, with a clock of the test's own. */
import { expect, it } from 'vitest';
import type { RunEntry, RunMode } from '../../src/studio/protocol.ts';
import { createRunList, freshMs } from '../../src/studio/runList.ts';

function listOf(folders: string[]) {
  const running = new Set<string>();
  const asked: string[] = [];
  const clock = { now: 0 };
  const list = createRunList({
    names: async () => folders,
    async isRunning(name) {
      asked.push(name);
      return running.has(name);
    },
    describe: async (name, mode: RunMode): Promise<RunEntry | undefined> =>
      name === 'none' ? undefined : { name, mode, method: 'x', status: '', changedAt: folders.indexOf(name) },
    now: () => clock.now,
  });
  return { running, asked, clock, list };
}
const modes = (runs: readonly RunEntry[]) => runs.map(({ name, mode }) => `${name} ${mode}`);

it('[SU8] is made once for all who ask at a time, newest first, without what is no run', async () => {
  const { list, asked, running } = listOf(['a', 'none', 'b']);
  running.add('b');
  const [one, other] = await Promise.all([list.read(), list.read()]);
  expect(other).toBe(one);
  expect(modes(one!)).toEqual(['b attached', 'a finished']);
  await list.read();
  expect(asked).toEqual(['a', 'none', 'b']);
});

it('[SU8] asks a run that does not train ever more seldom, one that does each time', async () => {
  const { list, asked, running, clock } = listOf(['still', 'busy']);
  running.add('busy');
  for (; clock.now < 120_000; clock.now += freshMs) await list.read();
  const times = (name: string) => asked.filter((one) => one === name).length;
  expect(times('busy')).toBe(40);
  // After 3, 6, 12, 24 and 48 seconds.
  expect(times('still')).toBe(6);
});

it('[SU8] sees at once what was begun here, forgets what was removed, and asks again after a failure', async () => {
  const folders = ['a'];
  const { list, running } = listOf(folders);
  expect(modes(await list.read())).toEqual(['a finished']);
  running.add('a');
  folders.push('b');
  list.renew();
  expect(modes(await list.read())).toEqual(['b finished', 'a attached']);
  let fails = true;
  const flaky = createRunList({
    names: async () => {
      if (fails) throw new Error('no folder');
      return [];
    },
    isRunning: async () => false,
    describe: async () => undefined,
    now: () => 0,
  });
  await expect(flaky.read()).rejects.toThrow('no folder');
  fails = false;
  expect(await flaky.read()).toEqual([]);
});
