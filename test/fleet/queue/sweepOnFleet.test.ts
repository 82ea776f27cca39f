/** `nerfstream sweep --redis` and two workers, as a user would start them: on one disk, and with a store. */
import { mkdtempSync, writeFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { runCli } from '../../cli/runCli.ts';
import { tinySettings, writeTinyScene } from '../../cli/tinyScene.ts';
import { endOfRun, startWorker, type TestWorker } from '../support/fleetOfTest.ts';
import { hasRedis, type TestRedis, testRedis } from '../support/redisServer.ts';

// Processes on a busy machine take their time; nothing here depends on how long.
vi.setConfig({ testTimeout: 400_000, hookTimeout: 300_000 });

describe.skipIf(!hasRedis)('sweep --redis (needs redis-server)', () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'nerfstream-fleet-'));
  const crew: TestWorker[] = [];
  let redis: TestRedis;
  beforeAll(async () => {
    await writeTinyScene(path.join(folder, 'scene'));
    writeFileSync(
      path.join(folder, 'tiny.yaml'),
      [
        'extends: instant-ngp',
        'data: {path: scene}',
        'trainer: {maxSteps: 60}',
        'sinks: [{kind: jsonl}]',
        'sweep:',
        '  trainer.seed: [1, 2, 3, 4]',
      ].join('\n'),
    );
    expect((await sweep('--out', 'runs/here')).code).toBe(0);
    redis = await testRedis();
    await redis.start();
  });
  afterAll(async () => {
    for (const worker of crew) await worker.killMachine();
    await redis.dispose();
    await rm(folder, { recursive: true, force: true });
  });
  const sweep = (...args: string[]) =>
    runCli(['sweep', 'tiny.yaml', ...args, ...tinySettings], { cwd: folder });

  it.each([
    ['one disk', []],
    ['a store', ['--store', 'store']],
  ])('[FL26] with %s: the same runs and bits as on this machine alone', async (place, store) => {
    const name = place.replace(' ', '-');
    const started = [1, 2].map((k) =>
      startWorker(redis.url, `${name}-${k}`, ['--cache', 'cache', ...store], { cwd: folder }),
    );
    crew.push(...started);
    const out = `runs/${name}`;
    const { code, stderr } = await sweep('--out', out, '--redis', redis.url, '--fleet', 'fleet', ...store);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    for (const worker of started) worker.process.kill('SIGTERM');
    await Promise.all(started.map(({ result }) => result));
    const runs = ['seed=1', 'seed=2', 'seed=3', 'seed=4'];
    for (const run of runs)
      expect(await endOfRun(path.join(folder, out, run))).toEqual(
        await endOfRun(path.join(folder, 'runs/here', run)),
      );
    // Started again, nothing is run twice.
    const again = await sweep('--out', out, '--redis', redis.url, ...store);
    expect(again.code).toBe(0);
  });
});
