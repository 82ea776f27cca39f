/** The MLflow sink against a real server: one that is killed in the middle of a run, and one that is left and met again. */
import { mkdtempSync, readFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { sinePipeline } from '../../examples/sinePipeline.ts';
import { createTrainer, defineConfig, jsonlSink } from '../../src/index.ts';
import { mlflowSink } from '../../streams/sinks/mlflowSink.ts';
import { runSink, scalar } from '../streams/sinks/runSink.ts';
import { cpuEngine } from '../support/cpuBackend.ts';
import { temporaryFolder } from '../support/temporaryFolder.ts';
import { mlflowHistory, mlflowRun } from './support/mlflowRun.ts';
import { type MlflowServer, mlflowServer } from './support/mlflowServer.ts';
import { pythonHas } from './support/python.ts';

// A server takes seconds to start, on a busy machine a minute.
vi.setConfig({ testTimeout: 400_000, hookTimeout: 200_000 });

describe.skipIf(!pythonHas('mlflow'))('mlflowSink, with a real server (needs Python with mlflow)', () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'nerfstream-mlflow-'));
  let server: MlflowServer;
  beforeAll(async () => {
    server = await mlflowServer(folder);
    await server.start();
  });
  afterAll(async () => {
    await server.kill();
    await rm(folder, { recursive: true, force: true });
  });
  const runIdOf = (runDir: string): string =>
    JSON.parse(readFileSync(path.join(runDir, 'sinks/mlflow.json'), 'utf8')).runId;

  it('loses nothing when the server is killed in the middle of a run and comes back, and holds up no step', async () => {
    const runDir = path.join(temporaryFolder(), 'outage');
    const [killAt, startAt, maxSteps] = [300, 900, 1_500];
    const stepMs: number[] = [];
    let began = 0;
    let back: Promise<void> | undefined;
    const config = defineConfig({
      method: 'sine',
      groups: { network: { optimizer: { kind: 'adam', learningRate: 0.02 } } },
      trainer: { maxSteps },
    });
    const trainer = createTrainer(config, {
      engine: await cpuEngine(),
      pipeline: () => sinePipeline(1),
      runDir,
      sinks: [jsonlSink(), mlflowSink({ url: server.url, experiment: 'outage', flushTimeoutMs: 200_000 })],
      hooks: {
        beforeStep(step) {
          began = performance.now();
          if (step === killAt) trainer.pause();
          if (step === startAt) back = server.start();
        },
        afterStep: () => void stepMs.push(performance.now() - began),
      },
    });
    // Steps are so short that the run would be over before the server gets anything.
    const received = async () => (await mlflowHistory(server, runIdOf(runDir), 'train/loss')).length;
    await vi.waitUntil(() => received().catch(() => 0), { timeout: 60_000 });
    await server.kill();
    trainer.resume();
    const { sinks } = await trainer.done;
    await back;

    expect(sinks.map(({ name, dropped, error }) => ({ name, dropped, error }))).toEqual([
      { name: 'jsonl', dropped: 0, error: undefined },
      { name: 'mlflow', dropped: 0, error: undefined },
    ]);
    const lines = readFileSync(path.join(runDir, 'metrics.jsonl'), 'utf8').trim().split('\n');
    const losses = lines.map((line) => JSON.parse(line)).filter(({ tag }) => tag === 'train/loss');
    expect(losses).toHaveLength(maxSteps);
    const read = await mlflowHistory(server, runIdOf(runDir), 'train/loss');
    expect(read.map(({ step, value }) => [step, value])).toEqual(
      losses.map(({ step, value }) => [step, value]),
    );
    expect((await mlflowRun(server, runIdOf(runDir))).info.status).toBe('FINISHED');

    // Others use the machine as well: the fastest steps tell. bench/mlflowOutage.ts has the figure.
    const fastTenth = (from: number, to: number): number =>
      stepMs.slice(from, to).sort((a, b) => a - b)[Math.floor((to - from) / 10)]!;
    const [with_, without] = [fastTenth(100, killAt), fastTenth(killAt + 10, startAt)];
    console.log(`a step with the server ${with_.toFixed(3)} ms, without it ${without.toFixed(3)} ms`);
    expect(without).toBeLessThan(with_ * 1.5);
  });

  it('continues its run, with one value a step, and says how it ended', async () => {
    const runDir = temporaryFolder();
    const sink = () => mlflowSink({ url: server.url, experiment: 'resumed', runName: 'twice' });
    const steps = (from: number, to: number) =>
      Array.from({ length: to - from + 1 }, (_, index) => scalar('loss', from + index, 1 / (from + index)));
    const odd = [scalar('odd (%)', 1, Number.NaN), scalar('odd (%)', 2, Number.NEGATIVE_INFINITY)];
    const config = {
      trainer: { seed: 42 },
      list: [1, 2],
      none: null,
      long: 'x'.repeat(2000),
      sinks: [{ kind: 'csv' }],
    };
    const end = { kind: 'text', tag: 'run/end', step: 12, wallTime: 1_790_000_100 } as const;

    // Killed: no run/end.
    await runSink(sink(), [...steps(1, 12), ...odd], { runDir, config });
    const runId = runIdOf(runDir);
    expect((await mlflowRun(server, runId)).info.status).toBe('FAILED');
    await runSink(sink(), [...steps(11, 20), { ...end, text: 'interrupted' }], {
      runDir,
      config,
      fromStep: 10,
    });
    expect((await mlflowRun(server, runId)).info.status).toBe('KILLED');
    const report = await runSink(sink(), [{ ...end, text: 'completed' }], { runDir, config, fromStep: 20 });

    expect(report).toEqual({ name: 'mlflow', delivered: 1, dropped: 0 });
    expect(runIdOf(runDir)).toBe(runId);
    const { info, data } = await mlflowRun(server, runId);
    expect(info).toMatchObject({ status: 'FINISHED', run_name: 'twice' });
    expect(data.params!.toSorted((a, b) => (a.key < b.key ? -1 : 1))).toEqual([
      { key: 'list', value: '[1,2]' },
      { key: 'long', value: 'x'.repeat(500) },
      { key: 'none', value: 'null' },
      { key: 'trainer.seed', value: '42' },
    ]);
    expect(await mlflowHistory(server, runId, 'loss')).toEqual(
      steps(1, 20).map(({ step, value, wallTime }) => ({
        step,
        value,
        timestamp: Math.round(wallTime * 1000),
      })),
    );
    expect((await mlflowHistory(server, runId, 'odd ___')).map(({ step }) => step)).toEqual([1, 2]);
  });
});
