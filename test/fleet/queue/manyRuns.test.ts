/** A fleet with runs that nobody trains, and a real Redis: many of both, in which order they go, what is kept of them, and what people see. */
import { appendFileSync, mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { serveFleetMetrics } from '../../../src/cli/fleetMetrics.ts';
import { loadSweep } from '../../../src/fleet/loadSweep.ts';
import { fleetStatus, pauseFleet, resumeFleet } from '../../../src/fleet/queue/commandFleet.ts';
import type { Fleet } from '../../../src/fleet/queue/fleet.ts';
import { fleetRegistry } from '../../../src/fleet/queue/fleetGauges.ts';
import { endInFleet, followLog, logsInFleet } from '../../../src/fleet/queue/fleetLogs.ts';
import { parseTarget } from '../../../src/fleet/queue/fleetTarget.ts';
import {
  type FleetWorker,
  type FleetWorkerOptions,
  startFleetWorker,
} from '../../../src/fleet/queue/fleetWorker.ts';
import type { HeldRun } from '../../../src/fleet/queue/heldRun.ts';
import { type QueuedRun, queuedRunId } from '../../../src/fleet/queue/queuedRun.ts';
import { queueRuns } from '../../../src/fleet/queue/queueRuns.ts';
import { createSweepQueue } from '../../../src/fleet/queue/queueSweep.ts';
import { trimEnded } from '../../../src/fleet/queue/trimEnded.ts';
import type { RunEnd, RunJob } from '../../../src/fleet/runJob.ts';
import { runSweep } from '../../../src/fleet/runSweep.ts';
import { type FakeCrew, fakeCrew } from '../support/fakeCrew.ts';
import { fleetAt, tinyJob } from '../support/fleetOfTest.ts';
import { hasRedis, type TestRedis, testRedis } from '../support/redisServer.ts';

// Processes on a busy machine take their time; nothing here depends on how long.
vi.setConfig({ testTimeout: 600_000, hookTimeout: 200_000 });

const log = { info: () => {}, warn: () => {} };
const patience = { timeout: 500_000, interval: 20 };
const finished = (value = 1): RunEnd => ({
  ...{ outcome: 'finished', ending: 'completed', step: 90, trainSeconds: 1 },
  metrics: { 'eval/psnr': value },
});
const runTarget = (text: string) => {
  const target = parseTarget(text);
  if (target.kind !== 'run') throw new Error(`${text} is no run`);
  return target;
};

describe.skipIf(!hasRedis)('a fleet of fake runs (needs redis-server)', () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'nerfstream-fleet-'));
  let redis: TestRedis;
  let fleet: Fleet;
  let plain: RunJob;
  const hired: { readonly worker: FleetWorker; readonly own: Fleet }[] = [];
  const crews: FakeCrew[] = [];
  beforeAll(async () => {
    // Nothing here asks what a killed server remembers.
    redis = await testRedis('--appendfsync', 'no');
    await redis.start();
    fleet = await fleetAt(redis.url);
    plain = await tinyJob(path.join(folder, 'scene'), 'run', []);
  });
  beforeEach(() => fleet.redis.flushall());
  afterEach(async () => {
    for (const crew of crews.splice(0)) await crew.kill();
    for (const { worker, own } of hired.splice(0)) {
      await worker.stop();
      await own.close();
    }
  });
  afterAll(async () => {
    await fleet.close();
    await redis.dispose();
    await rm(folder, { recursive: true, force: true });
  });
  const hire = async (name: string, carryOut: NonNullable<FleetWorkerOptions['carryOut']>) => {
    const own = await fleetAt(redis.url);
    const worker = await startFleetWorker({
      ...{ fleet: own, name, carryOut, log, concurrency: 1, version: '0', vanishedMs: 3_000 },
      ...{ out: folder, cache: folder, work: folder },
    });
    hired.push({ worker, own });
    return worker;
  };
  const job = (run: string, rest: Partial<RunJob> = {}): RunJob => ({ ...plain, run, ...rest });
  const queued = (run: string, rest: Partial<RunJob> = {}): QueuedRun => ({
    ...{ version: 1, job: job(run, rest) },
    out: path.join(folder, 'test'),
  });

  it('[FL47] sixty workers and a thousand runs: each ends once, though a third of the workers vanish; a pause holds all of them', async () => {
    const [half, processes, workersEach] = [500, 3, 20];
    const put = (from: number) =>
      queueRuns(
        fleet,
        Array.from({ length: half }, (_, index) => queued(`seed=${from + index}`)),
      );
    await put(0);
    const started = Array.from({ length: processes }, (_, k) =>
      fakeCrew(redis.url, `crew-${k}`, workersEach, 5),
    );
    crews.push(...(await Promise.all(started)));
    const ended = async () => (await fleetStatus(fleet)).runs.completed;
    await vi.waitUntil(async () => (await ended()) > 100, patience);
    await crews[0]!.kill();
    const answers = await pauseFleet(fleet, { kind: 'all' }, 400_000);
    expect(answers).toMatchObject({ workers: (processes - 1) * workersEach, silent: 0 });
    await put(half);
    // What was on its way when it was paused may end, and what a vanished worker had is missed; then nothing more begins or ends.
    await vi.waitUntil(async () => (await fleet.queue.getActiveCount()) <= workersEach, patience);
    const [held, waiting] = [await ended(), (await fleetStatus(fleet)).runs.waiting];
    expect(waiting).toBeGreaterThanOrEqual(half);
    await sleep(500);
    expect(await ended()).toBe(held);
    await resumeFleet(fleet, { kind: 'all' }, 400_000);
    await vi.waitUntil(async () => (await ended()) === 2 * half, patience);
    const { runs: counts, setAside } = await fleetStatus(fleet);
    expect({ counts, setAside }).toEqual({
      counts: { waiting: 0, running: 0, delayed: 0, completed: 2 * half, setAside: 0 },
      setAside: [],
    });
  });

  it('[FL48] what has completed leaves its end in the queue, not its configuration; what was put in again meanwhile is left alone', async () => {
    await queueRuns(fleet, [queued('good'), queued('bad')], { attempts: 1 });
    await hire('one', async ({ job: { run } }) => {
      if (run === 'good') return finished(7);
      return { ...finished(), outcome: 'failed', error: 'no luck', badInput: false } as unknown as RunEnd;
    });
    const stored = async (run: string) => (await fleet.queue.getJob(`test/${run}`))!;
    await vi.waitUntil(async () => !('job' in (await stored('good')).data), patience);
    const { data, returnvalue } = await stored('good');
    expect(data).toEqual({ version: 1, out: path.join(folder, 'test') });
    expect(returnvalue).toEqual(finished(7));
    await vi.waitUntil(async () => (await (await stored('bad')).getState()) === 'failed', patience);
    expect((await stored('bad')).data.job.config).toEqual(plain.config);
    // A run of the same name that waits.
    const former = await stored('good');
    await pauseFleet(fleet, { kind: 'all' }, 60_000);
    await former.remove();
    await queueRuns(fleet, [queued('good')]);
    await trimEnded(fleet, former);
    expect((await stored('good')).data.job.config).toEqual(plain.config);
  });

  it('[FL49] of several sweeps the one of lower priority goes first; said again, it moves what waits', async () => {
    const taken: string[] = [];
    const later = { sweep: 'later' };
    const [first, second] = [-1, 3].map((priority) => createSweepQueue({ fleet, log, priority }));
    const moved = createSweepQueue({ fleet, log, priority: -50 });
    const ends = [
      ...['a', 'b'].map((run) => second!.carryOut(job(run, later), { outDir: folder })),
      ...['c', 'd'].map((run) => first!.carryOut(job(run), { outDir: folder })),
    ];
    await vi.waitUntil(async () => (await fleet.queue.getPrioritizedCount()) === 4, patience);
    ends.push(moved.carryOut(job('b', later), { outDir: folder }));
    await vi.waitUntil(async () => (await fleet.queue.getPrioritized())[0]?.id === 'later/b', patience);
    await hire('one', async ({ job: { run } }) => {
      taken.push(run);
      return finished();
    });
    expect((await Promise.all(ends)).map(({ outcome }) => outcome)).toEqual(Array(5).fill('finished'));
    expect(taken).toEqual(['b', 'c', 'd', 'a']);
    for (const queue of [first!, second!, moved]) await queue.close();
  });

  it('[FL44] successive halving through the queue: the best of 27 settings within 35% of the steps of all', async () => {
    const file = path.join(folder, 'rates.yaml');
    const rates = [1, 2, 3].map((rate) => rate / 1000).join(', ');
    writeFileSync(
      file,
      [
        'extends: instant-ngp',
        'data: {path: scene}',
        'trainer: {maxSteps: 270}',
        'sweep:',
        '  model.hashGrid.levels: [4, 8, 16]',
        ...['encoding', 'networks'].map((group) => `  groups.${group}.optimizer.learningRate: [${rates}]`),
        '  asha: {}',
      ].join('\n'),
    );
    const sweep = await loadSweep(file);
    expect(sweep.ladder).toEqual([10, 30, 90, 270]);
    const rankOf = ({ run }: Pick<RunJob, 'run'>) => sweep.runs.findIndex((one) => one.run === run);
    const stepsOf = (one: RunJob) => one.stopAtStep ?? 270;
    // The nearer to the end, the more a value says of it.
    const value = (one: RunJob) => rankOf(one) + (60 / stepsOf(one)) * Math.sin(rankOf(one));
    const climbed: string[] = [];
    for (const name of ['one', 'two', 'three'])
      await hire(name, async ({ job: taken }) => {
        climbed.push(queuedRunId(taken));
        const end = { ...finished(value(taken)), step: stepsOf(taken) };
        return (
          taken.stopAtStep === undefined ? end : { ...end, outcome: 'reachedStep', ending: undefined }
        ) as RunEnd;
      });
    const queue = createSweepQueue({ fleet, log });
    const trained = new Map<string, number>();
    await runSweep(sweep, {
      folder: path.join(folder, 'rates'),
      parallel: 1_000,
      async carryOut(one, options) {
        const end = await queue.carryOut(one, options);
        trained.set(one.run, Math.max(trained.get(one.run) ?? 0, end.step));
        return end;
      },
    });
    await queue.close();
    expect(trained.size).toBe(27);
    expect(trained.get(sweep.runs.at(-1)!.run)).toBe(270);
    const steps = [...trained.values()].reduce((sum, at) => sum + at, 0);
    expect(steps / (27 * 270)).toBeLessThan(0.35);
    // No rung of a run was carried out twice.
    expect(new Set(climbed).size).toBe(climbed.length);
  });

  it('[FL28] a log is followed from worker to worker until its run ends, and shown afterwards', async () => {
    const logFile = path.join(folder, 'test', 'told', 'run.log');
    mkdirSync(path.dirname(logFile), { recursive: true });
    writeFileSync(logFile, 'one\ntwo\nhalf');
    let end!: () => void;
    const over = new Promise<void>((resolve) => {
      end = resolve;
    });
    const carryOut = async (_: QueuedRun, held: HeldRun): Promise<RunEnd> => {
      held.at(path.dirname(logFile));
      const given = new Promise<'given'>((resolve) =>
        held.signal.addEventListener('abort', () => resolve('given')),
      );
      if ((await Promise.race([over, given])) !== 'given') return finished();
      return { outcome: 'givenBack', step: 1, trainSeconds: 0, metrics: {} };
    };
    const target = runTarget('test/told');
    await queueRuns(fleet, [queued('told')]);
    const first = await hire('first', carryOut);
    await vi.waitUntil(async () => (await logsInFleet(fleet, target, 5, 60_000)).runs.length > 0, patience);
    let text = '';
    const notes: string[] = [];
    const following = followLog(fleet, target, {
      ...{ lines: 1, signal: new AbortController().signal, timeoutMs: 60_000 },
      onText: (more) => {
        text += more;
      },
      onNote: (note) => notes.push(note),
    });
    await vi.waitUntil(() => text === 'two\n', patience);
    appendFileSync(logFile, ' and half\n');
    await vi.waitUntil(() => text === 'two\nhalf and half\n', patience);
    await first.stop();
    await hire('second', carryOut);
    appendFileSync(logFile, 'three\n');
    await vi.waitUntil(() => text.endsWith('three\n'), patience);
    appendFileSync(logFile, 'last\n');
    end();
    expect(await following).toMatchObject({ state: 'completed' });
    expect(text).toBe('two\nhalf and half\nthree\nlast\n');
    expect(notes[0]).toBe('on first');
    expect(notes.at(-1)).toBe('on second');
    const after = await endInFleet(fleet, target, { lines: 2 }, 60_000);
    expect(after).toMatchObject({ said: 'completed', log: { text: 'three\nlast' } });
    expect(await endInFleet(fleet, runTarget('test/unknown'), { lines: 2 }, 60_000)).toBeUndefined();
  });

  it('[FL50] Prometheus fetches the queue and the metrics of all runs in one place', async () => {
    await queueRuns(fleet, [queued('shown'), queued('waits')]);
    let end!: () => void;
    const over = new Promise<void>((resolve) => {
      end = resolve;
    });
    await hire('one', async ({ job: { run } }, held) => {
      const metrics = {
        'train/loss': 0.25,
        'eval/psnr': 21,
        'eval/images/3/psnr': 9,
        'time/eta_seconds': 'NaN',
      };
      held.update({ state: 'training', step: 40, maxSteps: 90, trainSeconds: 1, metrics, learningRates: {} });
      if (run === 'shown') await over;
      return finished();
    });
    await vi.waitUntil(async () => (await fleetStatus(fleet)).workers[0]?.runs[0]?.step === 40, patience);
    const text = await (await fleetRegistry(await fleetStatus(fleet))).metrics();
    for (const line of [
      'nerfstream_fleet_runs{fleet="fleet",state="waiting"} 1',
      'nerfstream_fleet_runs{fleet="fleet",state="running"} 1',
      'nerfstream_run_info{sweep="test",run="shown",worker="one",state="training"} 1',
      'nerfstream_step{sweep="test",run="shown"} 40',
      'nerfstream_train_loss{sweep="test",run="shown",tag="train/loss"} 0.25',
      'nerfstream_eval_psnr{sweep="test",run="shown",tag="eval/psnr"} 21',
    ])
      expect(text.split('\n')).toContain(line);
    expect(text).not.toMatch(/images|NaN/);
    end();
    await expect(serveFleetMetrics(fleet, { port: '70000' })).rejects.toThrow(/expected a port/);
    await expect(serveFleetMetrics(fleet, { port: new URL(redis.url).port })).rejects.toThrow(/is in use/);
  });
});
