import { describe, expect, it } from 'vitest';
import { sweepCommand } from '../../src/cli/sweepCommand.ts';
import { workerCommand } from '../../src/cli/workerCommand.ts';

describe('options that cannot be meant are refused before anything else happens', () => {
  const worker = { concurrency: '1', out: 'runs', vanishedAfter: '60' };

  it.each([
    [{ name: 'a b' }, /^--name a b: may hold letters/],
    [{ name: 'x'.repeat(121) }, /longer than 120/],
    [{ modules: '/nowhere/at/all' }, /^--modules \/nowhere\/at\/all: there is no such folder/],
    [{ concurrency: '1.5' }, /^--concurrency 1.5: expected a whole number/],
    [{ vanishedAfter: '0' }, /^--vanished-after 0: expected a number of 1 or more/],
  ])('worker %j', async (given, reason) => {
    await expect(workerCommand({ ...worker, ...given })).rejects.toThrow(reason);
  });

  it.each([
    [{ store: 'place' }, /^--store: goes with --redis/],
    [{ priority: '3' }, /^--priority: goes with --redis/],
    [{ fleet: 'other' }, /^--fleet: goes with --redis/],
    [{ redis: 'redis://127.0.0.1:1', parallel: '2' }, /^--parallel: with --redis, workers say/],
    [{ parallel: '0' }, /^--parallel 0: expected a whole number/],
  ])('sweep %j', async (given, reason) => {
    await expect(sweepCommand('none.yaml', [], given)).rejects.toThrow(reason);
  });
});
