import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { type Observable, tap } from 'rxjs';
import { beforeAll, describe, expect, it } from 'vitest';
import type { TrainerOptions } from '../../machines/trainerOptions.ts';
import type { ConfigInput } from '../../src/config/schema.ts';
import type { Pipeline } from '../../src/pipeline/pipeline.ts';
import type { MetricEvent } from '../../streams/metricEvent.ts';
import { misnested, spansOf, type TraceFile, traceFile } from '../profile/traceEventFormat.ts';
import { cpuEngine } from '../support/cpuBackend.ts';
import { linePipeline } from '../support/linePipeline.ts';
import { temporaryFolder } from '../support/temporaryFolder.ts';
import { startRun } from '../support/trainerRuns.ts';

beforeAll(cpuEngine);

/** A clock that only the pipeline moves: `data` 2 ms, `forward` 3 + step ms, the rest of the step 1 ms, `commit` 4 ms. */
function timedPipeline(): { pipeline: Pipeline; clock: NonNullable<TrainerOptions['clock']> } {
  const time = { milliseconds: 0 };
  const spend = (milliseconds: number) => {
    time.milliseconds += milliseconds;
  };
  const line = linePipeline({ images: 2 });
  const pipeline: Pipeline = {
    ...line,
    trainStep(step, time) {
      time?.('data', () => spend(2));
      const output = time?.('forward', () => {
        spend(3 + step);
        return line.trainStep(step);
      });
      spend(1);
      return output ?? line.trainStep(step);
    },
    commit(step) {
      spend(4);
      line.commit?.(step);
    },
    evalImage(index) {
      const evaluation = line.evalImage?.(index);
      if (evaluation) spend(50 + index);
      return evaluation;
    },
    evalBatch(step) {
      spend(7);
      return line.evalBatch?.(step) ?? {};
    },
  };
  return { pipeline, clock: { now: () => 0, monotonic: () => time.milliseconds } };
}

/** Runs to the end and gives the values of `time/...` by tag, of each step. */
async function timesOf(overrides: ConfigInput, options: TrainerOptions = {}) {
  const values: Record<number, Record<string, number>> = {};
  const listen = (event: MetricEvent) => {
    if (event.kind !== 'scalar' || !event.tag.startsWith('time/')) return;
    values[event.step] = { ...values[event.step], [event.tag.slice('time/'.length)]: event.value };
  };
  const sinks = [(metrics$: Observable<MetricEvent>) => metrics$.pipe(tap(listen))];
  const { trainer } = await startRun(overrides, { ...timedPipeline(), sinks, ...options });
  await trainer.done;
  return values;
}

describe('times of a run', () => {
  it('[TM1] are moving averages of each phase, the ones of the pipeline under its own names', async () => {
    const values = await timesOf({ trainer: { maxSteps: 30 } });
    expect(Object.keys(values)).toEqual(['10', '20', '30']);
    // forward takes 3 + step: its mean over steps 1 to 10 is 8.5, over 1 to 20 it is 13.5.
    expect(values[10]).toEqual({
      data_ms: 2,
      forward_ms: 8.5,
      train_step_ms: 11.5,
      gradients_ms: 0,
      optimizer_ms: 0,
      commit_ms: 4,
      metrics_ms: 0,
      sinks_ms: 0,
      step_ms: 15.5,
      eta_seconds: (20 * 15.5) / 1000,
    });
    expect(values[20]).toMatchObject({ data_ms: 2, forward_ms: 13.5, step_ms: 20.5 });
    // From then on each step moves it by a twentieth of the difference.
    let forward = 13.5;
    for (let step = 21; step <= 30; step++) forward += (3 + step - forward) / 20;
    expect(values[30]?.['forward_ms']).toBeCloseTo(forward, 10);
    expect(values[30]?.['eta_seconds']).toBe(0);
  });

  it('[TM2] the time left is that of the nearest limit', async () => {
    const values = await timesOf({ trainer: { maxSteps: 1_000, maxSeconds: 0.3 } });
    // Ten steps took 155 ms of the 300.
    expect(values[10]?.['eta_seconds']).toBeCloseTo(0.3 - 0.155, 10);
  });

  it('[TM2] steps that are to be made anyway count, although the time is up before', async () => {
    const values = await timesOf({ trainer: { maxSteps: 1_000, maxSeconds: 0.16, minSteps: 30 } });
    expect(values[10]?.['eta_seconds']).toBeCloseTo(20 * 0.0155, 10);
  });

  it('[TM1] are published once a second where steps are slow', async () => {
    const { pipeline, clock } = timedPipeline();
    const slow: Pipeline = {
      ...pipeline,
      trainStep(step, time) {
        for (let count = 0; count < 100; count++) pipeline.commit?.(step);
        return pipeline.trainStep(step, time);
      },
    };
    const values = await timesOf({ trainer: { maxSteps: 7 } }, { pipeline: slow, clock });
    // A step takes a little over 400 ms.
    expect(Object.keys(values).filter((step) => values[Number(step)]?.['step_ms'])).toEqual(['3', '6']);
  });

  it('[TM3] evaluations, checkpoints and sinks are counted, too', async () => {
    const { pipeline, clock } = timedPipeline();
    const slowSink = (metrics$: Observable<MetricEvent>) =>
      metrics$.pipe(
        // 4 ms for each of the 8 events of a step.
        tap(() => pipeline.commit?.(0)),
      );
    const values: Record<string, number> = {};
    const { trainer } = await startRun(
      { evaluate: { batchEverySteps: 5 }, checkpoint: { everySteps: 5 } },
      { pipeline, clock, sinks: [slowSink], runDir: path.join(temporaryFolder(), 'run') },
    );
    trainer.metrics$.subscribe((event) => {
      if (event.kind === 'scalar') values[event.tag] = event.value;
    });
    await trainer.done;
    expect(values['time/evaluation_batch_ms']).toBe(7);
    expect(values['time/evaluation_ms']).toBe(50.5);
    expect(values['time/checkpoint_ms']).toBe(0);
    expect(values['time/checkpoint_write_ms']).toBeGreaterThanOrEqual(0);
    expect(values['time/sinks_ms']).toBeGreaterThan(4);
  });

  it('[ST7] what nobody receives is never read, with no sink and no subscriber', async () => {
    const read: string[] = [];
    const line = linePipeline();
    const lazy = (name: string) => () => {
      read.push(name);
      return 1;
    };
    const pipeline: Pipeline = {
      ...line,
      trainStep: (step) => ({ ...line.trainStep(step), metrics: { rays: lazy('rays'), psnr: lazy('psnr') } }),
    };
    const { trainer } = await startRun({ trainer: { maxSteps: 50, histogramsEverySteps: 1 } }, { pipeline });
    await trainer.done;
    expect(read).toEqual([]);
    const watched = await startRun({ trainer: { maxSteps: 3 } }, { pipeline });
    watched.trainer.metrics$.subscribe();
    await watched.trainer.done;
    expect(read.filter((name) => name === 'psnr')).toHaveLength(3);
  });
});

describe('trainer.profile', () => {
  const profileOf = (runDir: string): TraceFile =>
    traceFile.parse(JSON.parse(readFileSync(path.join(runDir, 'profile.json'), 'utf8')));

  it('[TM4] writes a trace of steps, their phases, evaluations and checkpoints, with loss and memory', async () => {
    const runDir = path.join(temporaryFolder(), 'run');
    const { trainer } = await startRun(
      { trainer: { maxSteps: 20, profile: true }, checkpoint: { everySteps: 10 } },
      { ...timedPipeline(), runDir },
    );
    await trainer.done;
    const file = profileOf(runDir);
    const spans = spansOf(file);
    const steps = spans.filter(({ name }) => name === 'step');
    expect(steps.map(({ args }) => args?.['step'])).toEqual(
      Array.from({ length: 20 }, (_, index) => index + 1),
    );
    // Step n takes 2 + (3 + n) + 1 + 4 ms.
    expect(steps.map(({ dur }) => dur)).toEqual(
      Array.from({ length: 20 }, (_, index) => 1000 * (11 + index)),
    );
    const count = (wanted: string) => spans.filter(({ name }) => name === wanted).length;
    const once = ['data', 'forward', 'train_step', 'gradients', 'optimizer', 'commit', 'metrics'];
    expect(once.map(count)).toEqual(once.map(() => 20));
    expect(['prepare', 'checkpoint', 'checkpoint_write', 'evaluation'].map(count)).toEqual([1, 2, 2, 2]);
    expect(misnested(file)).toEqual([]);
    const counters = file.traceEvents.filter(({ ph }) => ph === 'C');
    expect(new Set(counters.map(({ name }) => name))).toEqual(
      new Set(['loss', 'rays per second', 'resident memory (MB)', 'JavaScript heap (MB)']),
    );
    expect(counters.filter(({ name }) => name === 'loss')).toHaveLength(20);
  });

  it('[TM4] is written as well when the run is interrupted or fails', async () => {
    for (const how of ['interrupt', 'failure']) {
      const runDir = path.join(temporaryFolder(), 'run');
      const at = (_point: string, step: number) => {
        if (how === 'failure' && step === 5) throw new Error('no more');
      };
      const { trainer } = await startRun(
        { trainer: { maxSteps: 1_000_000, profile: true } },
        {
          runDir,
          hooks: { afterStep: ({ step }) => step === 4 && how === 'interrupt' && trainer.stop('interrupt') },
        },
        { at },
      );
      await trainer.done.catch(() => undefined);
      const steps = spansOf(profileOf(runDir)).filter(({ name }) => name === 'step');
      expect(steps.map(({ args }) => args?.['step'])).toEqual([1, 2, 3, 4]);
    }
  });

  it('is off by default', async () => {
    const runDir = path.join(temporaryFolder(), 'run');
    const { trainer } = await startRun({}, { runDir });
    await trainer.done;
    expect(existsSync(path.join(runDir, 'profile.json'))).toBe(false);
  });
});
