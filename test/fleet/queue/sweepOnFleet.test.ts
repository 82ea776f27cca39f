/** `nerfstream sweep --redis` and two workers, as a user would start them: on one disk, and with a store. */
import { mkdtempSync, writeFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { loadSweep } from '../../../src/fleet/loadSweep.ts';
import { type RunningCli, runCli, startCli } from '../../cli/runCli.ts';
import { tinySettings, writeTinyScene } from '../../cli/tinyScene.ts';
import { endOfRun, startWorker, type TestWorker, trainedAlone } from '../support/fleetOfTest.ts';
import { hasRedis, type TestRedis, testRedis } from '../support/redisServer.ts';

// Processes on a busy machine take their time; nothing here depends on how long.
vi.setConfig({ testTimeout: 400_000, hookTimeout: 300_000 });

describe.skipIf(!hasRedis)('sweep --redis (needs redis-server)', () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'nerfstream-fleet-'));
  const crew: TestWorker[] = [];
  /** What each run comes to by itself. */
  const alone: (readonly [run: string, end: Awaited<ReturnType<typeof endOfRun>>])[] = [];
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
        '  trainer.seed: [1, 2, 3]',
      ].join('\n'),
    );
    const { runs } = await loadSweep(path.join(folder, 'tiny.yaml'), tinySettings);
    for (const { job } of runs) alone.push([job.run, await trainedAlone(job, path.join(folder, 'alone'))]);
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
  ])('[FL26] with %s: the same runs and bits as alone', async (place, store) => {
    const name = place.replace(' ', '-');
    const out = `runs/${name}`;
    const sweeping = startCli(
      [
        'sweep',
        'tiny.yaml',
        '--out',
        out,
        '--redis',
        redis.url,
        '--fleet',
        'fleet',
        ...store,
        ...tinySettings,
      ],
      { cwd: folder },
    );
    // Nobody is there yet, and it says so.
    await untilSaid(sweeping, 'the runs wait: no worker is there; nerfstream worker starts one');
    const started = [1, 2].map((k) =>
      startWorker(redis.url, `${name}-${k}`, ['--cache', 'cache', ...store], { cwd: folder }),
    );
    crew.push(...started);
    const { code, stderr } = await sweeping.result;
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    for (const worker of started) worker.process.kill('SIGTERM');
    await Promise.all(started.map(({ result }) => result));
    for (const [run, end] of alone) expect(await endOfRun(path.join(folder, out, run))).toEqual(end);
    // Started again, nothing is run twice.
    const again = await sweep('--out', out, '--redis', redis.url, ...store);
    expect(again.code).toBe(0);
  });
});

/** Waits until a text has come on standard output. */
function untilSaid({ process: child }: RunningCli, text: string): Promise<void> {
  let said = '';
  return new Promise((resolve, reject) => {
    child.stdout!.on('data', (chunk) => {
      said += String(chunk);
      if (said.includes(text)) resolve();
    });
    child.once('exit', (code) => reject(new Error(`ended with ${code}: ${said}`)));
  });
}
