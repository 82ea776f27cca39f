/** Workers and the commands to a fleet: real processes of the command line, a real Redis with a password. */
import { existsSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { sendControl } from '../../../src/cli/controlClient.ts';
import { createProgram } from '../../../src/cli/program.ts';
import { fleetStatus } from '../../../src/fleet/queue/commandFleet.ts';
import { type Fleet, openFleet } from '../../../src/fleet/queue/fleet.ts';
import { type QueuedRun, queuedRunId } from '../../../src/fleet/queue/queuedRun.ts';
import { queueRuns } from '../../../src/fleet/queue/queueRuns.ts';
import { createSweepQueue } from '../../../src/fleet/queue/queueSweep.ts';
import { redisServer } from '../../../src/fleet/queue/redisServer.ts';
import type { RunJob } from '../../../src/fleet/runJob.ts';
import { runCli } from '../../cli/runCli.ts';
import { writeTinyScene } from '../../cli/tinyScene.ts';
import { endOfRun, startWorker, type TestWorker, tinyJob, trainedAlone } from '../support/fleetOfTest.ts';
import { hasRedis, type TestRedis, testRedis } from '../support/redisServer.ts';

// Processes on a busy machine take their time; nothing here depends on how long.
vi.setConfig({ testTimeout: 600_000, hookTimeout: 200_000 });

const secret = 'open-sesame-4711';
const log = { warn: () => {} };
const patience = { timeout: 500_000, interval: 50 };
const endless = ['trainer.maxSteps=1000000', 'checkpoint.everySteps=50', 'checkpoint.keep=1'];

describe.skipIf(!hasRedis)('a fleet (needs redis-server)', () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'nerfstream-fleet-'));
  const [scene, out, alone] = ['scene', 'runs', 'alone'].map((name) => path.join(folder, name)) as [
    string,
    string,
    string,
  ];
  const env = { NERFSTREAM_REDIS_PASSWORD: secret };
  const crew: TestWorker[] = [];
  let redis: TestRedis;
  let fleet: Fleet;
  beforeAll(async () => {
    await writeTinyScene(scene);
    redis = await testRedis('--requirepass', secret);
    await redis.start();
    fleet = await openFleet(redisServer(redis.url, env));
  });
  beforeEach(async () => {
    for (const worker of crew.splice(0)) await worker.killMachine();
    await fleet.redis.flushall();
  });
  afterAll(async () => {
    for (const worker of crew) await worker.killMachine();
    await fleet.close();
    await redis.dispose();
    await rm(folder, { recursive: true, force: true });
  });
  const hire = (...args: string[]): TestWorker => {
    const worker = startWorker(redis.url, `worker-${crew.length}`, ['--out', out, ...args], {
      cwd: folder,
      env,
    });
    crew.push(worker);
    return worker;
  };
  const inPlace = (job: RunJob): QueuedRun => ({ version: 1, job, out });
  const asProcess = (...args: string[]) =>
    runCli(['fleet', ...args, '--redis', redis.url], { cwd: folder, env: { ...process.env, ...env } });
  /** The same without a process of its own, which takes longer than all else. */
  const cli = async (...args: string[]) => {
    const said = { stdout: '', stderr: '' };
    const spies = (['stdout', 'stderr'] as const).map((name) =>
      vi.spyOn(process[name], 'write').mockImplementation((text) => {
        said[name] += String(text);
        return true;
      }),
    );
    vi.stubEnv('NERFSTREAM_REDIS_PASSWORD', secret);
    let code = 0;
    const program = createProgram('0', (now) => {
      code = now;
    });
    try {
      await program.parseAsync(['fleet', ...args, '--redis', redis.url], { from: 'user' });
    } finally {
      vi.unstubAllEnvs();
      for (const spy of spies) spy.mockRestore();
    }
    return { code, ...said };
  };
  const status = (run: string) => sendControl(path.join(out, run), { type: 'status' }, 30_000);
  const stepOf = async (run: string): Promise<number> => {
    const answer = await status(run).catch(() => undefined);
    return answer?.ok ? answer.status.step : 0;
  };
  const stateOf = async (job: RunJob) => (await fleet.queue.getJob(queuedRunId(job)))!.getState();

  it('[FL25] at SIGTERM a worker saves and gives its run back: no attempt is lost, and another one ends it with the same bits', async () => {
    const settings = ['trainer.maxSteps=600', 'checkpoint.everySteps=50', 'trainer.seed=5'];
    const job = await tinyJob(scene, 'given-back', settings);
    await queueRuns(fleet, [inPlace(job)]);
    const first = hire();
    await vi.waitUntil(async () => (await stepOf(job.run)) > 20, patience);
    first.process.kill('SIGTERM');
    const { code, stderr } = await first.result;
    expect({ code, stderr }).toEqual({
      code: 130,
      stderr: 'SIGTERM: saving, and giving back what it has; once more ends at once\n',
    });
    const queued = (await fleet.queue.getJob(queuedRunId(job)))!;
    expect([await queued.getState(), queued.attemptsMade, queued.failedReason]).toEqual([
      'waiting',
      0,
      undefined,
    ]);
    expect((await fleetStatus(fleet)).workers).toEqual([]);
    hire();
    await vi.waitUntil(async () => (await stateOf(job)) === 'completed', patience);
    expect(await endOfRun(path.join(out, job.run))).toEqual(await trainedAlone(job, alone));
  });

  it('[FL27] a pause of all holds every run within two seconds and takes nothing new; resumed, the bits are the same', async () => {
    const jobs = await Promise.all(
      [1, 2, 3].map((seed) =>
        tinyJob(scene, `pause-${seed}`, [
          ...['checkpoint.everySteps=500', `trainer.seed=${seed}`],
          `trainer.maxSteps=${seed === 3 ? 50 : 1_500}`,
        ]),
      ),
    );
    hire();
    hire();
    // Both begin at the same time: neither has ended when the other one is paused.
    await vi.waitUntil(async () => (await fleetStatus(fleet)).workers.length === 2, patience);
    await queueRuns(fleet, jobs.map(inPlace));
    const [running, other, waiting] = jobs as [RunJob, RunJob, RunJob];
    await vi.waitUntil(
      async () => (await stepOf(running.run)) > 10 && (await stepOf(other.run)) > 10,
      patience,
    );
    const paused = await cli('pause', 'all');
    expect(paused.stdout).toMatch(
      /^all: 2 running runs paused; 2 workers heard it\n( {2}test\/pause-\d on worker-\d: paused at step \d+\n){2}$/,
    );
    const steps = await Promise.all([stepOf(running.run), stepOf(other.run)]);
    await sleep(2_000);
    expect(await Promise.all([stepOf(running.run), stepOf(other.run)])).toEqual(steps);
    expect(await stateOf(waiting)).toBe('waiting');
    expect(existsSync(path.join(out, waiting.run))).toBe(false);
    const shown = JSON.parse((await asProcess('status', '--json')).stdout);
    expect(shown).toMatchObject({ paused: ['all'], runs: { waiting: 1, running: 2 } });
    const resumed = await asProcess('resume', 'all');
    expect(resumed.stdout).toMatch(/^all: 2 running runs resumed/);
    await vi.waitUntil(async () => (await fleet.queue.getCompletedCount()) === 3, patience);
    for (const job of jobs)
      expect(await endOfRun(path.join(out, job.run))).toEqual(await trainedAlone(job, alone));
  });

  it('[FL28] [FL51] runs, sweeps and workers are steered and stopped by name; logs come from the worker that has the run', async () => {
    const jobs = await Promise.all(['stops', 'waits', 'stays'].map((run) => tinyJob(scene, run, endless)));
    await queueRuns(fleet, jobs.map(inPlace));
    const worker = hire();
    await vi.waitUntil(async () => (await stepOf('stops')) > 0, patience);
    expect((await cli('logs', 'test/stops')).stdout).toMatch(/^== test\/stops on worker-0\n\{.*\}\n/);
    const set = await cli('set', 'test', 'learningRate.encoding=0.5');
    expect(set.stdout).toBe(
      'test: 1 running runs told; 1 workers heard it\n  test/stops on worker-0: learning rate of encoding times 0.5 from the next step on\n',
    );
    const evaluated = await cli('evaluate', 'test/stops', '--scope', 'batch');
    expect(evaluated.stdout).toMatch(/test\/stops on worker-0: evaluated at step \d+: PSNR \d+\.\d\d dB\n$/);
    const saved = await cli('checkpoint', `worker:${worker.name}`);
    expect(saved.stdout).toMatch(/test\/stops on worker-0: saved checkpoints\/step-\d+\.ckpt\n$/);
    expect(await cli('set', 'test', 'learningRate.nose=2')).toMatchObject({
      code: 1,
      stdout: expect.stringContaining('there is no parameter group nose; groups: encoding, networks'),
    });
    expect(await cli('checkpoint', 'test/waits')).toMatchObject({
      code: 1,
      stderr: 'error: no worker has a run of test/waits that trains now\n',
    });
    const removed = await cli('stop', 'test/waits');
    expect(removed.stdout).toBe(
      'test/waits: 0 running runs stopped, 1 taken out of the queue; 1 workers heard it\n',
    );
    expect((await cli('stop', 'test/stops')).code).toBe(0);
    await vi.waitUntil(async () => (await stateOf(jobs[0]!)) === 'completed', patience);
    expect((await fleet.queue.getJob('test/stops'))!.returnvalue).toMatchObject({
      outcome: 'finished',
      ending: 'stopped',
    });
    expect((await cli('logs', 'test/stops')).stdout).toMatch(/^== test\/stops, completed\n(\{.*\}\n)+$/);
    await vi.waitUntil(async () => (await stepOf('stays')) > 0, patience);
    await cli('stop', `worker:${worker.name}`);
    expect((await worker.result).code).toBe(130);
    expect(await stateOf(jobs[2]!)).toBe('waiting');
    const nobody = await cli('logs', 'test/stays');
    expect([nobody.code, nobody.stderr]).toEqual([1, 'error: no worker has test/stays now: waiting\n']);
  });

  it('[FL29] a run that keeps failing is set aside with its error line, and others go on', async () => {
    const missing = { ...(await tinyJob(scene, 'poison', endless)) };
    missing.config = {
      ...missing.config,
      data: { ...(missing.config['data'] as object), path: path.join(folder, 'nowhere') },
    };
    const good = await tinyJob(scene, 'good', ['trainer.maxSteps=20']);
    await queueRuns(fleet, [inPlace(missing), inPlace(good)], { attempts: 2, backoffMs: 10 });
    hire();
    const sweep = createSweepQueue({ fleet, log });
    await vi.waitUntil(async () => (await stateOf(missing)) === 'failed', patience);
    await vi.waitUntil(async () => (await stateOf(good)) === 'completed', patience);
    await sweep.close();
    const { stdout } = await cli('status');
    expect(stdout).toMatch(/0 waiting, 0 running, 1 completed, 1 set aside/);
    expect(stdout).toMatch(/set aside:\n {2}test\/poison \(2 attempts\): .*nowhere/);
  });

  it('[FL23] what lies in the queue is checked again by the worker: no path leads out, no code runs that is not allowed', async () => {
    const job = await tinyJob(scene, 'checked', ['trainer.maxSteps=20']);
    const evil = path.join(folder, 'evil.mjs');
    writeFileSync(
      evil,
      `import { writeFileSync } from 'node:fs'; writeFileSync(${JSON.stringify(path.join(folder, 'ran'))}, '');`,
    );
    const put = (name: string, data: unknown) =>
      fleet.queue.add('run', data as QueuedRun, { jobId: name, attempts: 1 });
    await put('test/up', inPlace({ ...job, run: '../../up' }));
    await put('test/other', inPlace(job));
    await put('test/checked', { ...inPlace(job), out: path.join(folder, 'elsewhere') });
    await put('test/long', { ...inPlace(job), comment: 'x'.repeat(300_000) });
    const withModule = { ...job, run: 'module', config: { ...job.config, model: { module: evil } } };
    await put('test/module', inPlace(withModule));
    hire();
    const reasons = async () => {
      const failed = await fleet.queue.getFailed();
      return Object.fromEntries(failed.map(({ id, failedReason }) => [id, failedReason]));
    };
    await vi.waitUntil(async () => Object.keys(await reasons()).length === 5, patience);
    expect(await reasons()).toEqual({
      'test/up': expect.stringMatching(/^not a job of a run: run: may hold letters/),
      'test/other': 'it says that it is test/checked',
      'test/checked': expect.stringMatching(/elsewhere, and this worker writes below .*runs only/),
      'test/long': expect.stringMatching(/^a run in the queue may have 262144 bytes/),
      'test/module': expect.stringMatching(
        /^model\.module: this worker does not run the module .*--modules DIR$/,
      ),
    });
    expect(existsSync(path.join(folder, 'ran'))).toBe(false);
    await expect(queueRuns(fleet, [inPlace({ ...job, run: 'a/b' })])).rejects.toThrow(/may hold letters/);
  });

  it('[FL53] a name that nobody has is one line and exit code 2, whatever is told to it; other names are told', async () => {
    const job = await tinyJob(scene, 'there', ['trainer.maxSteps=20']);
    await queueRuns(fleet, [inPlace(job)]);
    const run = 'there is no run test/nobody in fleet: nothing of that name waits, runs or has ended there';
    const sweep = 'there is no sweep nobody in fleet: nothing of that name waits, runs or has ended there';
    const worker = 'there is no worker nobody in fleet (nerfstream fleet status lists those that are there)';
    for (const word of ['pause', 'resume', 'stop', 'logs', 'checkpoint', 'evaluate'])
      for (const [name, reason] of Object.entries({
        'test/nobody': run,
        nobody: sweep,
        'worker:nobody': worker,
      }))
        expect(await cli(word, name), `${word} ${name}`).toEqual({
          code: 2,
          stdout: '',
          stderr: `error: ${reason}\n`,
        });
    expect(await cli('set', 'nobody', 'learningRate.encoding=0.5')).toMatchObject({ code: 2, stdout: '' });
    await expect(cli('logs', 'test/nobody', '--follow')).rejects.toThrow(run);
    // Nothing of it stays.
    expect((await fleetStatus(fleet)).paused).toEqual([]);
    expect(await cli('pause', 'nobody', 'test/there')).toMatchObject({
      code: 2,
      stdout: 'test/there: 0 running runs paused; 0 workers heard it\n',
    });
    expect((await fleetStatus(fleet)).paused).toEqual(['test/there']);
    expect((await cli('resume', 'test')).code).toBe(0);
    expect((await cli('logs', 'test')).code).toBe(1);
    expect((await cli('stop', 'all')).code).toBe(0);
  });

  it('[FL30] a run that is put in twice is there once', async () => {
    const job = await tinyJob(scene, 'twice', ['trainer.maxSteps=20']);
    await queueRuns(fleet, [inPlace(job)]);
    await queueRuns(fleet, [inPlace(job), inPlace({ ...job, stopAtStep: 10 })]);
    expect(await fleet.queue.getWaitingCount()).toBe(2);
    const other = await tinyJob(scene, 'twice', ['trainer.maxSteps=30']);
    const sweep = createSweepQueue({ fleet, log });
    await expect(sweep.carryOut(other, { outDir: out })).rejects.toThrow(
      /has a run test\/twice with other settings/,
    );
    await sweep.close();
  });

  it('[FL52] who waits for the end of a run is told how far the worker is that has it', async () => {
    const [job, other] = await Promise.all(['watched', 'other'].map((name) => tinyJob(scene, name, [])));
    const sweep = createSweepQueue({ fleet, log });
    const ended = new AbortController();
    const heard: unknown[] = [];
    const end = sweep.carryOut(job!, {
      ...{ outDir: out, signal: ended.signal },
      onStatus: ({ step, maxSteps }) => heard.push([step, maxSteps]),
    });
    await vi.waitUntil(() => fleet.queue.getJob(queuedRunId(job!)), patience);
    const record = (of: RunJob, step: number) => ({
      ...{ id: queuedRunId(of), state: 'training' as const, step, maxSteps: 400 },
      ...{ stepsPerSecond: 1, metrics: {} },
    });
    sweep.tellProgress([{ runs: [record(other!, 7), record(job!, 40)] }, { runs: [] }]);
    expect(heard).toEqual([[40, 400]]);
    ended.abort();
    expect(await end).toMatchObject({ outcome: 'givenBack' });
    sweep.tellProgress([{ runs: [record(job!, 50)] }]);
    expect(heard).toHaveLength(1);
    await sweep.close();
  });

  it('[FL31] without a server, or without its password, there is one line and exit code 2; no secret is told or stored', async () => {
    const { port } = new URL(redis.url);
    const wrong = await runCli(['worker', '--redis', `redis://:wrong-secret@127.0.0.1:${port}`], {
      cwd: folder,
    });
    expect(wrong).toMatchObject({
      code: 2,
      stderr: `error: Redis at redis://127.0.0.1:${port}/0 cannot be used: it wants a password (NERFSTREAM_REDIS_PASSWORD), or another one\n`,
    });
    const away = await runCli(['fleet', 'status', '--redis', 'redis://127.0.0.1:9'], { cwd: folder });
    expect(away).toMatchObject({
      code: 2,
      stderr: 'error: Redis at redis://127.0.0.1:9/0 cannot be used: nothing listens there; is it running?\n',
    });
    const none = await runCli(['fleet', 'pause', 'all'], {
      cwd: folder,
      env: { ...process.env, NERFSTREAM_REDIS_URL: 'http://x:y@z' },
    });
    expect(none).toMatchObject({
      code: 2,
      stderr: 'error: --redis: expected redis://HOST:PORT/DATABASE, or rediss:// for TLS\n',
    });
    const job = await tinyJob(scene, 'secret', ['trainer.maxSteps=20']);
    await queueRuns(fleet, [inPlace(job)]);
    const worker = hire();
    await vi.waitUntil(async () => (await stateOf(job)) === 'completed', patience);
    worker.process.kill('SIGTERM');
    const { stdout, stderr } = await worker.result;
    const stored = JSON.stringify(await fleet.queue.getJob(queuedRunId(job)));
    const written = readFileSync(path.join(out, job.run, 'run.log'), 'utf8');
    for (const text of [stdout, stderr, stored, written]) expect(text).not.toContain(secret);
  });

  it('[FL32] without a server training goes on, and ends are told when it is back', async () => {
    const job = await tinyJob(scene, 'outage', ['trainer.maxSteps=400']);
    await queueRuns(fleet, [inPlace(job)]);
    const worker = hire('--vanished-after', '120');
    await vi.waitUntil(async () => (await stepOf(job.run)) > 5, patience);
    await redis.kill();
    const before = await stepOf(job.run);
    await vi.waitUntil(
      async () =>
        existsSync(path.join(out, job.run, 'summary.json')) || (await stepOf(job.run)) > before + 10,
      patience,
    );
    await redis.start();
    await vi.waitUntil(async () => (await stateOf(job)) === 'completed', patience);
    worker.process.kill('SIGTERM');
    const { stderr } = await worker.result;
    expect(stderr).toMatch(/is away: training goes on/);
  });
});
