/** The studio's list of the runs of a fleet: a real Redis with a password, a worker that trains in a folder which the studio does not see. */
import { mkdirSync, mkdtempSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { studioCommand } from '../../src/cli/studioCommand.ts';
import { pauseFleet, stopInFleet } from '../../src/fleet/queue/commandFleet.ts';
import { type Fleet, openFleet } from '../../src/fleet/queue/fleet.ts';
import type { WorkerRecord } from '../../src/fleet/queue/fleetMessages.ts';
import { listFleet } from '../../src/fleet/queue/listFleet.ts';
import type { QueuedRun } from '../../src/fleet/queue/queuedRun.ts';
import { queueRuns } from '../../src/fleet/queue/queueRuns.ts';
import { redisServer } from '../../src/fleet/queue/redisServer.ts';
import { type FleetList, fleetApi } from '../../src/studio/fleetProtocol.ts';
import { createStudioFleet, fleetFreshMs } from '../../src/studio/studioFleet.ts';
import { startWorker, type TestWorker, tinyJob } from '../fleet/support/fleetOfTest.ts';
import { hasRedis, type TestRedis, testRedis } from '../fleet/support/redisServer.ts';
import { printedAddress, startCli } from './runCli.ts';
import { writeTinyScene } from './tinyScene.ts';

// Processes on a busy machine take their time; nothing here depends on how long.
vi.setConfig({ testTimeout: 300_000, hookTimeout: 120_000 });

const secret = 'open-sesame-4711';
const env = { NERFSTREAM_REDIS_PASSWORD: secret };
const patience = { timeout: 200_000, interval: 100 };

describe.skipIf(!hasRedis)('the runs of a fleet in the studio (needs redis-server)', () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'nerfstream-studio-fleet-'));
  const place = (...names: string[]) => path.join(folder, ...names);
  let redis: TestRedis;
  let fleet: Fleet;
  let worker: TestWorker | undefined;
  beforeAll(async () => {
    mkdirSync(place('desk'));
    await writeTinyScene(place('scene'));
    redis = await testRedis('--requirepass', secret);
    await redis.start();
    fleet = await openFleet(redisServer(redis.url, env));
  });
  beforeEach(() => fleet.redis.flushall());
  afterAll(async () => {
    await worker?.killMachine();
    await fleet.close();
    await redis.dispose();
    await rm(folder, { recursive: true, force: true });
  });
  const job = (run: string) => tinyJob(place('scene'), run, ['trainer.maxSteps=1000000']);
  const queued = async (run: string): Promise<QueuedRun> => ({
    ...{ version: 1, job: await job(run), out: place('elsewhere') },
  });
  /** Puts jobs into the queue that nobody takes: as many as there are names. */
  const putInto = (names: readonly string[]) =>
    fleet.queue.addBulk(names.map((name) => ({ name: 'run', data: {} as QueuedRun, opts: { jobId: name } })));
  /** As if a worker had just shown itself. */
  const show = (name: string, runs: WorkerRecord['runs']) =>
    fleet.redis
      .multi()
      .sadd(fleet.keys.workers, name)
      .set(
        fleet.keys.worker(name),
        JSON.stringify({
          ...{
            name,
            host: 'h',
            pid: 1,
            since: 0,
            concurrency: 1,
            version: '0',
            paused: false,
            ending: false,
          },
          runs,
        } satisfies WorkerRecord),
      )
      .exec();
  const training = { state: 'training', step: 7, maxSteps: 40, stepsPerSecond: 2, metrics: {} } as const;

  it('[SU12] are shown as they train elsewhere, and paused, resumed and stopped; Redis comes and goes, and tells no secret', async () => {
    const { port } = new URL(redis.url);
    await queueRuns(fleet, [await queued('far'), await queued('next')]);
    worker = startWorker(redis.url, 'attic', ['--out', place('elsewhere'), '--vanished-after', '120'], {
      cwd: folder,
      env,
    });
    const studio = startCli(['studio', '--redis'], {
      cwd: place('desk'),
      env: { ...process.env, NERFSTREAM_REDIS_URL: `redis://:${secret}@127.0.0.1:${port}` },
    });
    const address = await printedAddress(studio);
    const texts: string[] = [];
    const answerOf = async (answer: Response) => {
      const text = await answer.text();
      texts.push(text);
      return { status: answer.status, ...JSON.parse(text) };
    };
    const list = async (): Promise<FleetList> => answerOf(await fetch(address + fleetApi.list.slice(1)));
    const tell = async (command: string, run: string, where = address) =>
      answerOf(
        await fetch(where + fleetApi.commands.slice(1), {
          method: 'POST',
          headers: { 'content-type': 'application/json' },
          body: JSON.stringify({ command, run }),
        }),
      );
    const runOf = (name: string) => async (is: object) => {
      await vi.waitFor(async () => {
        const { runs } = await list();
        expect(runs.find((run) => run.name === name)).toEqual(expect.objectContaining(is));
      }, patience);
    };
    const far = runOf('test/far');
    await far({
      state: 'held',
      doing: 'training',
      worker: 'attic',
      maxSteps: 1_000_000,
      trainPsnr: expect.any(Number),
    });
    const { runs, workers, counts, readOnly } = await list();
    expect({ workers, readOnly, runs: runs.map(({ name }) => name) }).toEqual({
      ...{ workers: 1, readOnly: false, runs: ['test/far', 'test/next'] },
    });
    expect(counts).toMatchObject({ held: 1, waiting: 1 });
    expect(runs[0]).not.toHaveProperty('here');

    expect((await tell('pause', 'test/far')).said).toMatch(/^test\/far on attic: paused at step \d+\.$/);
    await far({ state: 'held', doing: 'paused', pausedAs: 'test/far' });
    expect(await tell('pause', 'test/next')).toMatchObject({
      status: 200,
      said: expect.stringMatching(/waits/),
    });
    expect((await tell('resume', 'test/far')).said).toMatch(/^test\/far on attic: training at step \d+\.$/);
    await far({ doing: 'training' });
    expect(await tell('stop', 'test/nobody')).toMatchObject({
      status: 404,
      error: expect.stringMatching(/no run test\/nobody/),
    });
    for (const name of ['all', 'test', 'worker:attic', '../x/y'])
      expect(await tell('stop', name), name).toMatchObject({ status: 404 });
    expect(await tell('checkpoint', 'test/far')).toMatchObject({ status: 400 });

    await redis.kill();
    await vi.waitFor(async () => expect((await list()).problem).toMatch(/^Redis is away: /), patience);
    expect((await list()).runs.map(({ name }) => name)).toEqual(['test/far', 'test/next']);
    expect(await tell('pause', 'test/far')).toMatchObject({ status: 503 });
    // What needs no Redis goes on.
    expect((await fetch(`${address}api/runs`)).status).toBe(200);
    await redis.start();
    await vi.waitFor(async () => expect(await list()).not.toHaveProperty('problem'), patience);

    const reading = startCli(['studio', '--redis', redis.url, '--read-only'], {
      cwd: place('desk'),
      env: { ...process.env, ...env },
    });
    const readOnlyAddress = await printedAddress(reading);
    expect(await tell('stop', 'test/far', readOnlyAddress)).toMatchObject({ status: 403 });
    expect(await (await fetch(readOnlyAddress + fleetApi.list.slice(1))).json()).toMatchObject({
      readOnly: true,
    });
    expect((await tell('stop', 'test/next')).said).toBe('test/next is taken out of the queue.');
    expect((await tell('stop', 'test/far')).said).toMatch(/^test\/far on attic: stops, saved\.$/);
    await far({ state: 'done', doing: 'stopped', step: expect.any(Number) });

    for (const one of [reading, studio]) one.process.kill('SIGINT');
    await reading.result;
    const { code, stdout, stderr } = await studio.result;
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    for (const text of [stdout, ...texts]) expect(text).not.toMatch(/open-sesame|127\.0\.0\.1:\d+\/0/);
  });

  it('[SU12] however many wait, the next ones are listed and the others counted; what needs people comes first', async () => {
    await putInto(Array.from({ length: 1_000 }, (_, index) => `many/seed=${index}`));
    await show('attic', [{ id: 'many/gone@10', ...training }]);
    await pauseFleet(fleet, { kind: 'run', sweep: 'many', run: 'seed=2' }, 1_000);
    const { runs, counts, more } = await listFleet(fleet);
    expect(runs.map(({ name }) => name)).toEqual([
      'many/gone',
      ...Array.from({ length: 50 }, (_, index) => `many/seed=${index}`),
    ]);
    expect(runs[0]).toEqual({
      ...{
        name: 'many/gone',
        state: 'held',
        worker: 'attic',
        doing: 'training',
        step: 7,
        maxSteps: 40,
        rate: 2,
      },
    });
    expect(runs.filter(({ pausedAs }) => pausedAs !== undefined)).toEqual([
      { name: 'many/seed=2', state: 'waiting', pausedAs: 'many/seed=2' },
    ]);
    expect([counts.waiting, more.waiting, more.held]).toEqual([1_000, 950, 0]);
  });

  it('[SU12] say that they prepare before they train, and of several rungs what is newest', async () => {
    await show('attic', [{ id: 'asha/a@30', ...training, state: 'preparing', step: 0 }]);
    await putInto(['asha/a@30', 'asha/a@10', 'asha/b@10']);
    expect((await listFleet(fleet)).runs).toEqual([
      { name: 'asha/a', state: 'held', worker: 'attic', doing: 'preparing', maxSteps: 40 },
      { name: 'asha/b', state: 'waiting' },
    ]);
  });

  it('[SU12] are asked for once for all pages, say where their folders are, and stay paused with their fleet', async () => {
    await putInto(['fox/seed=1', 'fox/seed=2', 'hare/seed=1']);
    const asked: string[] = [];
    const line = await openFleet(redisServer(redis.url, env));
    const studio = createStudioFleet(line, async (sweep) => {
      asked.push(sweep);
      return async (run) => (sweep === 'fox' && run === 'seed=1' ? run : undefined);
    });
    const [one, other] = await Promise.all([studio.list(), studio.list()]);
    expect(other).toBe(one);
    expect(one!.runs).toEqual([
      { name: 'fox/seed=1', state: 'waiting', here: 'seed=1' },
      { name: 'fox/seed=2', state: 'waiting' },
      { name: 'hare/seed=1', state: 'waiting' },
    ]);
    expect(asked).toEqual(['fox', 'hare']);
    await pauseFleet(line, { kind: 'all' }, 1_000);
    expect(await studio.perform({ command: 'resume', run: 'fox/seed=2' })).toEqual({
      said: 'fox/seed=2 stays paused, because all is.',
    });
    // A command makes the next answer a new one.
    expect((await studio.list()).runs[1]).toMatchObject({ pausedAs: 'all' });
    expect(fleetFreshMs).toBeGreaterThanOrEqual(1_000);
    await stopInFleet(line, { kind: 'sweep', sweep: 'hare' }, 1_000);
    await studio.close();
  });

  it.each([
    [{ fleet: 'other' }, /^--fleet: goes with --redis/],
    [{ redis: 'http://u:hidden@h' }, /^--redis: expected redis:\/\/HOST:PORT\/DATABASE/],
    [
      { redis: 'redis://u:hidden@127.0.0.1:9' },
      /^Redis at redis:\/\/127.0.0.1:9\/0 cannot be used: nothing listens/,
    ],
    [{ redis: 'redis://127.0.0.1:9', data: '/nowhere' }, /^--data \/nowhere: there is no such folder/],
  ])('[SU12] studio %j is refused in one line', async (options, said) => {
    await expect(studioCommand(folder, options)).rejects.toThrow(said);
  });
});
