import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { createTrainer } from '../../machines/createTrainer.ts';
import type { TrainerStatus } from '../../machines/trainer.ts';
import { watchedMetrics } from '../../machines/watchedMetrics.ts';
import type { Engine } from '../../src/tensors/engine.ts';
import * as tf from '../../src/tensors/tf.ts';
import type { MetricEvent } from '../../streams/metricEvent.ts';
import { cpuEngine } from '../support/cpuBackend.ts';
import { type LinePipeline, linePipeline } from '../support/linePipeline.ts';
import { temporaryFolder } from '../support/temporaryFolder.ts';
import { trainerConfig } from '../support/trainerConfig.ts';
import { inState, startRun } from '../support/trainerRuns.ts';

let engine: Engine;
beforeAll(async () => {
  engine = await cpuEngine();
});

describe('a run', () => {
  it('[TR1] trains to the last step, evaluates all images, saves and writes its folder', async () => {
    const runDir = path.join(temporaryFolder(), 'run');
    const pipeline = linePipeline();
    const summary = await createTrainer(trainerConfig(), { pipeline, engine, runDir }).done;
    expect(pipeline.calls.commits).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
    expect(summary).toMatchObject({ status: 'completed', steps: 10, engine: 'cpu', threads: 1, sinks: [] });
    expect(summary.eval).toMatchObject({ psnr: 21, ssim: 0.6 });
    expect(summary.eval?.images[1]).toEqual({
      name: 'image-1',
      render: 'eval/00001.png',
      psnr: 21,
      ssim: 0.6,
    });
    expect(readdirSync(runDir).sort()).toEqual(['checkpoints', 'config.yaml', 'eval', 'summary.json']);
    expect(readdirSync(path.join(runDir, 'eval'))).toEqual(['00000.png', '00001.png', '00002.png']);
    expect(readdirSync(path.join(runDir, 'checkpoints'))).toEqual(['step-000000010.ckpt']);
    expect(summary.checkpoint).toBe('checkpoints/step-000000010.ckpt');
    const written = JSON.parse(readFileSync(path.join(runDir, 'summary.json'), 'utf8'));
    expect(written).toEqual(JSON.parse(JSON.stringify(summary)));
    expect(existsSync(path.join(runDir, 'run.lock'))).toBe(false);
    expect(pipeline.disposed).toBe(false);
  });

  it('[TR19] disposes the pipeline that it made, and every tensor', async () => {
    const before = tf.memory().numTensors;
    const made: LinePipeline[] = [];
    const summary = await createTrainer(trainerConfig({ checkpoint: { everySteps: 5 } }), {
      pipeline: () => {
        const pipeline = linePipeline();
        made.push(pipeline);
        return pipeline;
      },
      engine,
      runDir: null,
      sinks: [],
    }).done;
    expect([summary.steps, made.length, made[0]?.disposed]).toEqual([10, 1, true]);
    expect(tf.memory().numTensors).toBe(before);
  });

  it('logs the engine first, then the parameters', async () => {
    const lines: string[] = [];
    const info = (_: object, message: string) => lines.push(message);
    const { trainer } = await startRun({}, { log: { debug() {}, info, warn() {}, error() {} } });
    await trainer.done;
    expect(lines).toEqual([
      'engine cpu: plain tfjs',
      '2 parameters in 2 groups\n  line  slope  []  1\n  shift  offset  []  1',
    ]);
  });

  it('in memory writes nothing, and leaves render paths out', async () => {
    const { trainer } = await startRun();
    const summary = await trainer.done;
    expect(summary.checkpoint).toBeUndefined();
    expect(summary.eval?.images[0]).toEqual({ name: 'image-0', psnr: 20, ssim: 0.5 });
  });

  it('[TR2] [WR1] tells config, steps 1 to n in order, and the end', async () => {
    const { trainer } = await startRun({ trainer: { maxSteps: 3 } });
    const events: MetricEvent[] = [];
    const completed = new Promise<void>((complete) =>
      trainer.metrics$.subscribe({ next: (event) => events.push(event), complete }),
    );
    await Promise.all([completed, trainer.done]);
    expect(events[0]).toMatchObject({ kind: 'config', step: 0, config: { method: 'line' } });
    const tagsOf = (step: number) => events.filter((event) => event.step === step).map(({ tag }) => tag);
    expect(tagsOf(2)).toEqual([
      'train/loss',
      'train/rays',
      'train/psnr',
      'train/step_ms',
      'train/rays_per_second',
      'learning_rate/line',
      'learning_rate/shift',
    ]);
    expect(events.filter(({ tag }) => tag === 'train/loss').map(({ step }) => step)).toEqual([1, 2, 3]);
  });

  it('[TR11] ends after maxSeconds of training, evaluation not counted', async () => {
    const time = { milliseconds: 0 };
    const clock = { now: () => 0, monotonic: () => time.milliseconds };
    const at = (point: string) => {
      if (point === 'inside') time.milliseconds += 100;
    };
    const onEvalImage = () => {
      time.milliseconds += 60_000;
    };
    const { trainer } = await startRun(
      { trainer: { maxSteps: 1_000, maxSeconds: 0.65 }, evaluate: { imageEverySteps: 2 } },
      { clock },
      { at, onEvalImage },
    );
    const summary = await trainer.done;
    expect([summary.steps, summary.trainSeconds.toFixed(3), summary.wallSeconds]).toEqual([
      7,
      '0.700',
      360.7,
    ]);
  });

  it('[TR34] fitted to a time it is at the end of its schedules when that is over', async () => {
    const time = { milliseconds: 0 };
    const clock = { now: () => 0, monotonic: () => time.milliseconds };
    const line = linePipeline();
    const positions: [number | undefined, number | undefined][] = [];
    let computed: number | undefined;
    const pipeline: LinePipeline = {
      ...line,
      trainStep(step, phase, position) {
        time.milliseconds += 10;
        computed = position;
        return line.trainStep(step, phase);
      },
      commit(step, rowsMoved, learningRateOf, position) {
        positions.push([computed, position]);
        line.commit?.(step, rowsMoved, learningRateOf);
      },
    };
    const scheduler = { kind: 'exponentialDecay', finalLearningRate: 1e-4, maxSteps: 1_000 } as const;
    const optimizer = { kind: 'adam', learningRate: 0.05 } as const;
    const { trainer } = await startRun(
      {
        trainer: { maxSteps: 1_000, maxSeconds: 1, fitToTime: true },
        groups: { line: { optimizer, scheduler }, shift: { optimizer } },
      },
      { clock, pipeline },
    );
    const rates: number[] = [];
    trainer.metrics$.subscribe((event) => {
      if (event.kind === 'scalar' && event.tag === 'learning_rate/line') rates.push(event.value);
    });
    expect(await trainer.done).toMatchObject({ status: 'completed', steps: 100 });
    expect(positions.every(([inStep, inCommit]) => inStep === inCommit)).toBe(true);
    expect(positions.slice(0, 2).map(([position]) => position)).toEqual([1, 2]);
    // The last step begins after 0.99 of the time.
    expect(positions.at(-1)?.[0]).toBeCloseTo(990, 6);
    // The rate is that of the steps which lie behind: 0.05 (1e-4 / 0.05)^share.
    expect(rates.at(-1)).toBeCloseTo(0.05 * 0.002 ** (0.99 - 0.001), 9);
  });

  it('[TR17] goes on training while a checkpoint is written, and makes one of many requests', async () => {
    const runDir = path.join(temporaryFolder(), 'run');
    const saved: string[] = [];
    const info = (_: object, message: string) => message.startsWith('saved') && saved.push(message);
    const log = { debug() {}, info, warn() {}, error() {} };
    const { trainer, pipeline } = await startRun({ trainer: { maxSteps: 300 } }, { runDir, log });
    let stepsWhileWriting = 0;
    trainer.actor.subscribe(({ value, context }) => {
      if (context.writing && value === 'training') stepsWhileWriting += 1;
    });
    trainer.metrics$.subscribe(
      ({ tag, step }) => tag === 'train/loss' && step <= 100 && trainer.checkpoint(),
    );
    await trainer.done;
    expect(pipeline.calls.commits).toHaveLength(300);
    expect(stepsWhileWriting).toBeGreaterThan(0);
    expect(saved.at(-1)).toBe('saved checkpoints/step-000000300.ckpt');
    expect(saved.length).toBeLessThan(100);
  });

  it('[TR18] has a persisted snapshot of plain JSON in every state', async () => {
    const { trainer } = await startRun({
      evaluate: { allImagesEverySteps: 4 },
      checkpoint: { everySteps: 3 },
    });
    const states = new Set<unknown>();
    // What a subscriber throws would not fail the test: what it sees is compared at the end.
    const snapshots: unknown[] = [];
    trainer.actor.subscribe(({ value }) => {
      states.add(value);
      snapshots.push(structuredClone(trainer.actor.getPersistedSnapshot()));
    });
    await trainer.done;
    expect(snapshots.length).toBeGreaterThan(10);
    for (const snapshot of snapshots) expect(JSON.parse(JSON.stringify(snapshot))).toEqual(snapshot);
    expect([...states]).toEqual(['training', 'checkpointing', 'evaluating', 'finishing', 'completed']);
  });
});

describe('status', () => {
  it('replays, follows every state, and completes', async () => {
    const { trainer } = await startRun({ trainer: { maxSteps: 2, startPaused: true } });
    const paused = await inState(trainer, 'paused');
    expect(paused).toMatchObject({ state: 'paused', step: 0, maxSteps: 2, trainSeconds: 0, metrics: {} });
    expect(paused.learningRates).toEqual({ line: 0.05, shift: 0.05 });
    const seen: TrainerStatus[] = [];
    const completed = new Promise<void>((complete) =>
      trainer.status$.subscribe({ next: (status) => seen.push(status), complete }),
    );
    trainer.resume();
    await completed;
    const states = seen.map(({ state }) => state).filter((state, index, all) => state !== all[index - 1]);
    expect(states).toEqual(['paused', 'training', 'evaluating', 'checkpointing', 'finishing', 'completed']);
    const last = seen.at(-1);
    expect(last).toMatchObject({ step: 2, metrics: { 'eval/psnr': 21, 'train/rays': 8 } });
    expect(last?.latestImage).toMatchObject({ index: 2, step: 2, name: 'image-2' });
    expect(await inState(trainer, 'completed')).toEqual(last);
  });

  it('[ST7] reads metrics back only while it is looked at', async () => {
    let reads = 0;
    const inner = linePipeline();
    const pipeline = {
      ...inner,
      trainStep: (step: number) => ({ ...inner.trainStep(step), metrics: { psnr: () => ++reads } }),
    };
    const { trainer } = await startRun({}, { pipeline });
    await trainer.done;
    expect(reads).toBe(0);
    const second = await startRun({}, { pipeline });
    second.trainer.status$.subscribe();
    await second.trainer.done;
    expect(reads).toBe(10);
  });
});

describe('schedules that listen', () => {
  const reduceOnPlateau = {
    kind: 'reduceOnPlateau',
    metric: 'train/loss',
    factor: 0.5,
    patience: 0,
  } as const;
  const adam = { kind: 'adam', learningRate: 0.05 } as const;

  it('hear the loss of each step, whether or not anybody else does', async () => {
    const inner = linePipeline();
    const losses = [9, 8, 8, 7, 7];
    const pipeline = {
      ...inner,
      trainStep: (step: number) => ({ ...inner.trainStep(step), losses: { loss: losses[step - 1] ?? 0 } }),
    };
    const groups = { line: { optimizer: adam, scheduler: reduceOnPlateau }, shift: { optimizer: adam } };
    const { trainer } = await startRun({ groups, trainer: { maxSteps: 5 } }, { pipeline });
    await trainer.done;
    expect((await inState(trainer, 'completed')).learningRates).toEqual({ line: 0.0125, shift: 0.05 });
  });

  it('are found wherever they lie in the config', () => {
    const scheduler = {
      kind: 'warmup',
      steps: 3,
      schedule: { ...reduceOnPlateau, metric: 'eval/psnr' },
    } as const;
    const { groups } = trainerConfig({
      groups: {
        a: { optimizer: adam, scheduler },
        b: { optimizer: adam, scheduler: reduceOnPlateau },
        c: { optimizer: adam },
      },
    });
    expect(watchedMetrics(groups)).toEqual(['eval/psnr', 'train/loss']);
  });
});
