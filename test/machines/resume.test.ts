/** Going on with a run: real folders, real checkpoints, compared bit by bit through the checkpoints' checksums. */
import { existsSync, readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { evaluateRun } from '../../machines/evaluateRun.ts';
import { inspectCheckpoint } from '../../src/checkpoint/checkpointFiles.ts';
import { loadConfig } from '../../src/config/loadConfig.ts';
import type { ConfigInput } from '../../src/config/schema.ts';
import { CheckpointError, ConfigError } from '../../src/errors.ts';
import type { RunInfo, SinkFunction } from '../../streams/sink.ts';
import { cpuEngine } from '../support/cpuBackend.ts';
import { linePipeline } from '../support/linePipeline.ts';
import { temporaryFolder } from '../support/temporaryFolder.ts';
import { trainerConfig } from '../support/trainerConfig.ts';
import { inState, startRun } from '../support/trainerRuns.ts';

const groups: ConfigInput['groups'] = {
  line: {
    optimizer: { kind: 'adam', learningRate: 0.05 },
    scheduler: { kind: 'exponentialDecay', finalLearningRate: 1e-4, maxSteps: 40, warmupSteps: 5 },
    accumulateSteps: 3,
  },
  shift: { optimizer: { kind: 'adam', learningRate: 0.05 }, clipNorm: 0.1 },
};

async function train(runDir: string, maxSteps: number, rest: { resume?: boolean; everySteps?: number } = {}) {
  const { resume = false, everySteps = 0 } = rest;
  const overrides = { groups, trainer: { maxSteps }, checkpoint: { everySteps, keep: 10 } };
  const messages: string[] = [];
  const note = (_fields: object, message: string) => messages.push(message);
  const log = { debug: note, info: note, warn: note, error: note };
  const { trainer } = await startRun(overrides, { runDir, resume, log });
  return { summary: await trainer.done, messages };
}

const file = (runDir: string, step: number) =>
  path.join(runDir, 'checkpoints', `step-${String(step).padStart(9, '0')}.ckpt`);
const checksums = async (runDir: string, step: number) =>
  (await inspectCheckpoint(file(runDir, step))).tensors;

describe('resuming', () => {
  it('[RF5] a completed run goes on with more steps, to the bits of an unbroken run', async () => {
    const folder = temporaryFolder();
    const [unbroken, broken] = [path.join(folder, 'unbroken'), path.join(folder, 'broken')];
    await train(unbroken, 20);
    await train(broken, 7);
    const { summary, messages } = await train(broken, 20, { resume: true });
    expect(messages).toContain('resuming from step-000000007.ckpt (step 7)');
    expect(summary.steps).toBe(20);
    const expected = await checksums(unbroken, 20);
    expect(expected.map(({ name }) => name)).toEqual(
      expect.arrayContaining(['parameters/line/slope', 'pipeline/memory']),
    );
    expect(await checksums(broken, 20)).toEqual(expected);
    expect((await loadConfig(path.join(broken, 'config.yaml'))).trainer.maxSteps).toBe(20);
  });

  it('[RF5] a stopped run goes on, from wherever it was stopped', async () => {
    const folder = temporaryFolder();
    const unbroken = path.join(folder, 'unbroken');
    await train(unbroken, 12);
    const expected = await checksums(unbroken, 12);
    const runDir = path.join(folder, 'stopped');
    const overrides = { groups, trainer: { maxSteps: 12, startPaused: true } };
    const { trainer } = await startRun(overrides, { runDir });
    await inState(trainer, 'paused');
    for (let steps = 0; steps < 4; steps++) trainer.stepOnce();
    await inState(trainer, 'paused');
    trainer.stop('interrupt');
    const summary = await trainer.done;
    expect(summary).toMatchObject({
      status: 'interrupted',
      steps: 4,
      checkpoint: 'checkpoints/step-000000004.ckpt',
    });
    expect(summary.eval).toBeUndefined();
    await train(runDir, 12, { resume: true });
    expect(await checksums(runDir, 12)).toEqual(expected);
  });

  it('[RF7] takes the newest checkpoint that is whole and says what it skipped', async () => {
    const folder = temporaryFolder();
    const [unbroken, runDir] = [path.join(folder, 'unbroken'), path.join(folder, 'run')];
    await train(unbroken, 16);
    await train(runDir, 12, { everySteps: 4 });
    truncateSync(file(runDir, 12), 100);
    writeFileSync(file(runDir, 8), 'not a checkpoint');
    const { messages } = await train(runDir, 16, { resume: true });
    expect(messages.filter((message) => message.startsWith('skipped'))).toHaveLength(2);
    expect(messages).toContain('resuming from step-000000004.ckpt (step 4)');
    expect(await checksums(runDir, 16)).toEqual(await checksums(unbroken, 16));
  });

  it('[RF6] refuses another model, data, groups or seed, and names the key', async () => {
    const runDir = path.join(temporaryFolder(), 'run');
    await train(runDir, 2);
    const attempt = async (overrides: ConfigInput) => {
      const { trainer } = await startRun({ groups, ...overrides }, { runDir, resume: true });
      const error = await trainer.done.catch((caught: unknown) => caught);
      expect(error).toBeInstanceOf(ConfigError);
      return (error as ConfigError).at.path;
    };
    expect(await attempt({ trainer: { seed: 7 } })).toBe('trainer.seed');
    expect(await attempt({ data: { scale: 2 } })).toBe('data.scale');
    expect(
      await attempt({ groups: { ...groups, shift: { optimizer: { kind: 'adam', learningRate: 1 } } } }),
    ).toMatch(/^groups\.shift\./);
    expect(existsSync(path.join(runDir, 'run.lock'))).toBe(false);
    await train(runDir, 3, { resume: true });
  });

  it('[RF10] goes on with data in another place, which a pipeline without a fingerprint cannot compare', async () => {
    const runDir = path.join(temporaryFolder(), 'run');
    await train(runDir, 2);
    const messages: string[] = [];
    const note = (_fields: object, message: string) => messages.push(message);
    const log = { debug: note, info: note, warn: note, error: note };
    const overrides = { groups, data: { path: '/elsewhere' }, trainer: { maxSteps: 3 } };
    const { trainer } = await startRun(overrides, { runDir, resume: true, log });
    expect((await trainer.done).steps).toBe(3);
    expect(messages.join()).toMatch(/elsewhere: the checkpoint does not say which data/);
  });

  it('[TR10] [TR11] keeps the factor of a learning rate and the training time', async () => {
    const runDir = path.join(temporaryFolder(), 'run');
    const overrides = { trainer: { maxSteps: 3, startPaused: true } };
    const first = await startRun(overrides, { runDir });
    await inState(first.trainer, 'paused');
    first.trainer.setLearningRate('line', 0.25);
    first.trainer.resume();
    const before = await first.trainer.done;
    const second = await startRun({ trainer: { maxSteps: 5 } }, { runDir, resume: true });
    const rates: number[] = [];
    second.trainer.metrics$.subscribe((event) => {
      if (event.kind === 'scalar' && event.tag === 'learning_rate/line') rates.push(event.value);
    });
    const after = await second.trainer.done;
    expect(rates).toEqual([0.0125, 0.0125]);
    expect(after.trainSeconds).toBeGreaterThan(before.trainSeconds);
  });

  it('tells sinks that it is the same run, and from which step on', async () => {
    const runDir = path.join(temporaryFolder(), 'run');
    const runs: RunInfo[] = [];
    const sinks: SinkFunction[] = [(_metrics$, run) => void runs.push(run)];
    for (const [maxSteps, resume] of [
      [3, false],
      [5, true],
    ] as const) {
      const { trainer } = await startRun({ trainer: { maxSteps } }, { runDir, resume, sinks });
      await trainer.done;
    }
    expect(runs.map(({ fromStep, runDir: folder }) => [fromStep, folder])).toEqual([
      [0, runDir],
      [3, runDir],
    ]);
    expect(runs[0]?.runId).toMatch(/^[0-9a-f-]{36}$/);
    expect(runs[1]?.runId).toBe(runs[0]?.runId);
  });

  it('says so when there is nothing to resume', async () => {
    const folder = temporaryFolder();
    const nowhere = await startRun({}, { runDir: path.join(folder, 'none'), resume: true });
    await expect(nowhere.trainer.done).rejects.toThrow('there is no run folder to resume');
    const empty = await startRun({}, { runDir: folder, resume: true });
    await expect(empty.trainer.done).rejects.toThrow(CheckpointError);
    expect(readdirSync(folder)).toEqual([]);
  });
});

describe('weights of another run', () => {
  it('are taken over, and nothing else is', async () => {
    const folder = temporaryFolder();
    const donor = path.join(folder, 'donor');
    const first = await startRun({}, { runDir: donor });
    await first.trainer.done;
    const { trainer, pipeline } = await startRun(
      { trainer: { startPaused: true } },
      { load: file(donor, 10) },
    );
    const status = await inState(trainer, 'paused');
    expect(status.step).toBe(0);
    expect(pipeline.values().slice(0, 2)).toEqual(first.pipeline.values().slice(0, 2));
    expect(pipeline.values().slice(2)).toEqual([0, 0]);
    trainer.stop();
    await trainer.done;
  });

  it('of another model are refused, with the name', async () => {
    const donor = path.join(temporaryFolder(), 'donor');
    const first = await startRun({}, { runDir: donor });
    await first.trainer.done;
    const other = linePipeline();
    const { shift, ...rest } = other.groups;
    const renamed = { ...other, groups: { ...rest, offset: shift! } };
    const overrides = { groups: { line: groups!.line!, offset: groups!.shift! } };
    const { trainer } = await startRun(overrides, { load: file(donor, 10), pipeline: renamed });
    await expect(trainer.done).rejects.toThrow(/is of another model: it has no parameter offset\/offset/);
  });
});

describe('evaluateRun', () => {
  it('gives the same figures as the run did, and writes the renders again', async () => {
    const runDir = path.join(temporaryFolder(), 'run');
    const { trainer } = await startRun({ sinks: [] }, { runDir });
    const summary = await trainer.done;
    const pngs = () =>
      readdirSync(path.join(runDir, 'eval')).map((name) => readFileSync(path.join(runDir, 'eval', name)));
    const before = pngs();
    rmSync(path.join(runDir, 'eval'), { recursive: true });
    const pipeline = linePipeline();
    const result = await evaluateRun(runDir, { engine: await cpuEngine(), pipeline });
    expect(result).toEqual({ ...summary.eval, step: 10 });
    expect(pngs()).toEqual(before);
    expect(before).toHaveLength(3);
    expect(pipeline.values()).not.toEqual(linePipeline().values());
  });

  it('config.yaml gives back the configuration of the run', async () => {
    const runDir = path.join(temporaryFolder(), 'run');
    const { trainer } = await startRun({ groups }, { runDir });
    await trainer.done;
    expect(await loadConfig(path.join(runDir, 'config.yaml'))).toEqual(trainerConfig({ groups }));
  });
});
