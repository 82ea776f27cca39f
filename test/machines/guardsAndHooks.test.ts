/** What a config can put around steps and evaluations, through the real Trainer: its effect, and that a resumed run goes on to the same bits. */
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { evaluateRun } from '../../machines/evaluateRun.ts';
import type { TrainerOptions } from '../../machines/trainerOptions.ts';
import { inspectCheckpoint } from '../../src/checkpoint/checkpointFiles.ts';
import type { ConfigInput } from '../../src/config/schema.ts';
import { StepError } from '../../src/errors.ts';
import { createEngine } from '../../src/tensors/createEngine.ts';
import type { HistogramEvent, MetricEvent } from '../../streams/metricEvent.ts';
import { cpuEngine, onTensors } from '../support/cpuBackend.ts';
import { type LinePipeline, linePipeline } from '../support/linePipeline.ts';
import { temporaryFolder } from '../support/temporaryFolder.ts';
import { inState, startRun } from '../support/trainerRuns.ts';

const adam = { kind: 'adam', learningRate: 0.05 } as const;
const decay = 0.75;
const averaged: ConfigInput['groups'] = {
  line: { optimizer: adam, transforms: [{ kind: 'ema', decay }] },
  shift: { optimizer: adam },
};

/** Bits of everything in the checkpoint of a step. */
async function checksums(runDir: string, step: number) {
  const name = `step-${String(step).padStart(9, '0')}.ckpt`;
  return (await inspectCheckpoint(path.join(runDir, 'checkpoints', name))).tensors;
}

/** The line model whose loss leaps, and whose gradient is wild, in the given steps. */
function leapingPipeline(leaps: readonly number[]): LinePipeline {
  const inner = linePipeline();
  return {
    ...inner,
    trainStep(step) {
      const output = inner.trainStep(step);
      if (!leaps.includes(step)) return output;
      onTensors.read(output.gradients['slope']!).set([-500]);
      return { ...output, losses: { loss: 1000 } };
    },
  };
}

/** Adds an evaluation of all images that says how good the slope is, and one that gets no better after a step. */
function measuredPipeline(): LinePipeline & { readonly seen: number[] } {
  const inner = linePipeline({ images: 1 });
  const seen: number[] = [];
  return {
    ...inner,
    seen,
    evalImage(index) {
      const image = inner.evalImage?.(index);
      if (!image) return undefined;
      const slope = inner.values()[0] as number;
      seen.push(slope);
      return { ...image, metrics: { psnr: Math.min(1, slope), ssim: 1 } };
    },
  };
}

describe('averages of parameters', () => {
  it.each(['cpu', 'simd'] as const)(
    '[TR20] are what is evaluated (%s), and training goes on without them',
    async (kind) => {
      const engine = kind === 'simd' ? await createEngine({ engine: 'simd', threads: 2 }) : await cpuEngine();
      const pipeline = measuredPipeline();
      const slopes: number[] = [pipeline.values()[0] as number];
      const hooks = { afterStep: () => void slopes.push(pipeline.values()[0] as number) };
      const settings = { groups: averaged, evaluate: { allImagesEverySteps: 4 } };
      const { trainer } = await startRun(settings, { pipeline, engine, hooks });
      await trainer.done;
      const averages = slopes.slice(0, 1);
      for (const slope of slopes.slice(1))
        averages.push(decay * (averages.at(-1) as number) + (1 - decay) * slope);
      expect(pipeline.seen).toBeAllClose([averages[4], averages[8], averages[10]] as number[], {
        rtol: 1e-6,
        atol: 0,
      });

      const plain = measuredPipeline();
      const without = { ...settings, groups: { line: { optimizer: adam }, shift: { optimizer: adam } } };
      await (await startRun(without, { pipeline: plain, engine })).trainer.done;
      expect(plain.values()).toEqual(pipeline.values());
      expect(plain.seen).not.toEqual(pipeline.seen);
      pipeline.dispose();
      plain.dispose();
      if (kind === 'simd') engine.dispose();
    },
  );

  it('[TR20] are kept in checkpoints: a resumed run, and an evaluation of it, have the same bits', async () => {
    const folder = temporaryFolder();
    const [unbroken, broken] = [path.join(folder, 'unbroken'), path.join(folder, 'broken')];
    const run = async (runDir: string, maxSteps: number, resume = false) => {
      const options = { runDir, resume, pipeline: measuredPipeline() };
      return (await startRun({ groups: averaged, trainer: { maxSteps } }, options)).trainer.done;
    };
    const summary = await run(unbroken, 9);
    await run(broken, 4);
    const resumed = await run(broken, 9, true);
    expect(resumed.eval).toEqual(summary.eval);
    const expected = await checksums(unbroken, 9);
    expect(expected.map(({ name }) => name)).toContain('optimizers/line/slope/average');
    expect(await checksums(broken, 9)).toEqual(expected);
    const again = await evaluateRun(broken, { engine: await cpuEngine(), pipeline: measuredPipeline() });
    expect(again).toEqual({ ...summary.eval, step: 9 });
  });
});

describe('trainer.earlyStop', () => {
  const settings = (maxSteps: number, patience = 2): ConfigInput => ({
    trainer: { maxSteps, earlyStop: { metric: 'eval/psnr', patience, minDelta: 1e-3 } },
    evaluate: { allImagesEverySteps: 5 },
  });

  it('[TR21] stops a run whose metric gets no better, with the evaluation that decided, and saves it', async () => {
    const runDir = path.join(temporaryFolder(), 'run');
    const events: MetricEvent[] = [];
    const { trainer } = await startRun(settings(500), { runDir, pipeline: measuredPipeline() });
    trainer.metrics$.subscribe((event) => events.push(event));
    const summary = await trainer.done;
    const values = events.flatMap((event) =>
      event.kind === 'scalar' && event.tag === 'eval/psnr' ? [event.value] : [],
    );
    const best = values.indexOf(1);
    expect(best).toBeGreaterThan(1);
    expect(values).toHaveLength(best + 1 + 3);
    expect(summary).toMatchObject({ status: 'stopped', steps: 5 * values.length, eval: { psnr: 1 } });
    expect(summary.checkpoint).toBe(`checkpoints/step-${String(summary.steps).padStart(9, '0')}.ckpt`);
    expect(events.find(({ tag }) => tag === 'train/early_stop')).toMatchObject({
      kind: 'text',
      step: summary.steps,
      text: 'eval/psnr did not get better than 1 in 3 values',
    });
  });

  it('[TR21] remembers the best value over sessions', async () => {
    const folder = temporaryFolder();
    const [unbroken, broken] = [path.join(folder, 'unbroken'), path.join(folder, 'broken')];
    const run = async (runDir: string, maxSteps: number, resume = false) => {
      const options: TrainerOptions = { runDir, resume, pipeline: measuredPipeline() };
      return (await startRun(settings(maxSteps), options)).trainer.done;
    };
    const { steps } = await run(unbroken, 500);
    // Broken off after the first of the three values that are no better.
    await run(broken, steps - 7);
    // The end of a run is evaluated, too: that value is one of the three.
    const resumed = await run(broken, 500, true);
    expect(resumed).toMatchObject({ status: 'stopped', steps: steps - 5 });
  });

  it('listens to metrics of steps, too, and leaves a run alone that ends anyway', async () => {
    const earlyStop = { metric: 'train/loss', mode: 'min', patience: 0, minDelta: 1e9 } as const;
    const { trainer } = await startRun({ trainer: { earlyStop } });
    expect(await trainer.done).toMatchObject({ status: 'stopped', steps: 2 });
    const ending = await startRun({ trainer: { earlyStop, maxSteps: 2 } });
    expect(await ending.trainer.done).toMatchObject({ status: 'completed', steps: 2, eval: { psnr: 21 } });
  });
});

describe('trainer.skipSpikes', () => {
  const settings = (maxSteps: number, skipSpikes?: object): ConfigInput => ({
    trainer: { maxSteps, ...(skipSpikes && { skipSpikes }) },
  });
  const spikes = { deviations: 8, warmupSteps: 5 };

  it('[TR22] lets nothing move in a step whose loss leaps, and says so', async () => {
    const pipeline = leapingPipeline([9]);
    const slopes: number[] = [];
    const skipped: number[] = [];
    const hooks = { afterStep: () => void slopes.push(pipeline.values()[0] as number) };
    const { trainer } = await startRun(settings(12, spikes), { pipeline, hooks });
    trainer.metrics$.subscribe(({ tag, step }) => tag === 'train/skipped' && skipped.push(step));
    expect(await trainer.done).toMatchObject({ steps: 12 });
    expect(skipped).toEqual([9]);
    const unmoved = slopes.flatMap((slope, at) => (slope === slopes[at - 1] ? [at + 1] : []));
    expect(unmoved).toEqual([9]);
    expect(pipeline.calls.commits).toHaveLength(12);
  });

  it('remembers what is usual over sessions: the bits of an unbroken run', async () => {
    const folder = temporaryFolder();
    const [unbroken, broken] = [path.join(folder, 'unbroken'), path.join(folder, 'broken')];
    const run = async (runDir: string, maxSteps: number, resume = false) => {
      const options = { runDir, resume, pipeline: leapingPipeline([9]) };
      await (await startRun(settings(maxSteps, spikes), options)).trainer.done;
    };
    await run(unbroken, 12);
    // Less than the warm-up after the break: a detector that began anew would let the leap through.
    await run(broken, 7);
    await run(broken, 12, true);
    const expected = await checksums(unbroken, 12);
    expect(expected.map(({ name }) => name)).toContain('guards/spikes');
    expect(await checksums(broken, 12)).toEqual(expected);
  });

  it('may come and go on resume', async () => {
    const runDir = path.join(temporaryFolder(), 'run');
    for (const [maxSteps, guard] of [
      [3, undefined],
      [6, spikes],
      [9, undefined],
    ] as const) {
      const { trainer } = await startRun(settings(maxSteps, guard), { runDir, resume: maxSteps > 3 });
      expect(await trainer.done).toMatchObject({ steps: maxSteps });
    }
  });
});

describe('trainer.histogramsEverySteps', () => {
  async function histogramsOf(everySteps: number): Promise<HistogramEvent[]> {
    const { trainer } = await startRun({ trainer: { histogramsEverySteps: everySteps } });
    const found: HistogramEvent[] = [];
    trainer.metrics$.subscribe((event) => event.kind === 'histogram' && found.push(event));
    await trainer.done;
    return found;
  }

  it('publishes parameters and gradients of every n-th step', async () => {
    const found = await histogramsOf(4);
    expect(found.map(({ step, tag }) => `${step} ${tag}`)).toEqual(
      [4, 8].flatMap((step) =>
        ['line/slope', 'shift/offset'].flatMap((name) => [
          `${step} gradients/${name}`,
          `${step} parameters/${name}`,
        ]),
      ),
    );
    for (const { counts, edges } of found) {
      expect(counts).toEqual([1]);
      expect(edges).toHaveLength(2);
    }
  });

  it('publishes none by default', async () => {
    expect(await histogramsOf(0)).toEqual([]);
  });
});

describe('hooks', () => {
  it('[TR23] are called before and after every step, with a step that has happened', async () => {
    const { pipeline, ...calls } = recorded();
    const { trainer } = await startRun({ trainer: { maxSteps: 2 } }, { pipeline, hooks: calls.hooks });
    await trainer.done;
    expect(calls.order).toEqual([
      'before 1',
      'computed 1',
      'after 1: 1 commits, line,shift',
      'before 2',
      'computed 2',
      'after 2: 2 commits, line,shift',
    ]);
  });

  it.each(['beforeStep', 'afterStep'] as const)(
    '[TR23] %s that throws fails the run with the step',
    async (name) => {
      const fail = () => {
        throw new Error('no disk');
      };
      const { trainer } = await startRun({}, { hooks: { [name]: fail } });
      const error = await trainer.done.catch((caught: unknown) => caught);
      expect(error).toBeInstanceOf(StepError);
      expect((error as Error).message).toBe(`step 1: the hook ${name} failed: no disk`);
    },
  );

  function recorded() {
    const order: string[] = [];
    const pipeline = linePipeline({
      at: (point, step) => point === 'before' && order.push(`computed ${step}`),
    });
    const hooks: TrainerOptions['hooks'] = {
      beforeStep: (step) => void order.push(`before ${step}`),
      afterStep: ({ step, steppedGroups }) =>
        void order.push(`after ${step}: ${pipeline.calls.commits.length} commits, ${steppedGroups.join()}`),
    };
    return { order, pipeline, hooks };
  }
});

describe('factors of learning rates', () => {
  it('[TR10] are recorded when they come into force, and by a resumed run in its first step', async () => {
    const runDir = path.join(temporaryFolder(), 'run');
    const record = async (maxSteps: number, resume: boolean, factor?: number) => {
      const { trainer } = await startRun({ trainer: { maxSteps, startPaused: true } }, { runDir, resume });
      const found: [number, string, number][] = [];
      trainer.metrics$.subscribe((event) => {
        if (event.kind === 'scalar' && event.tag.startsWith('learning_rate_factor/'))
          found.push([event.step, event.tag, event.value]);
      });
      await inState(trainer, 'paused');
      if (factor !== undefined) {
        trainer.stepOnce();
        await inState(trainer, 'training');
        await inState(trainer, 'paused');
        trainer.setLearningRate('line', factor);
      }
      trainer.resume();
      await trainer.done;
      return found;
    };
    expect(await record(3, false, 0.25)).toEqual([[2, 'learning_rate_factor/line', 0.25]]);
    expect(await record(6, true, 1)).toEqual([
      [4, 'learning_rate_factor/line', 0.25],
      [5, 'learning_rate_factor/line', 1],
    ]);
    expect(await record(8, true)).toEqual([]);
  });
});
