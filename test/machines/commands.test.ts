/**
 * Commands on a live run. The reference is always the same: bits of the parameters, moments of Adam included through
 * their effect, of a run that nobody disturbed. Commands are injected from within the pipeline, the operators, metric
 * subscribers and timers, so that they arrive at every point of a step.
 */
import { existsSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { createTrainer } from '../../machines/createTrainer.ts';
import type { Trainer } from '../../machines/trainer.ts';
import { RandomStream, randomKey, uniformAt } from '../../src/rng.ts';
import { cpuEngine } from '../support/cpuBackend.ts';
import { temporaryFolder } from '../support/temporaryFolder.ts';
import { trainerConfig } from '../support/trainerConfig.ts';
import { inState, startRun, undisturbedValues } from '../support/trainerRuns.ts';

type Point = 'before' | 'inside' | 'operator' | 'commit' | 'metrics' | 'status' | 'between';
const points: Point[] = ['before', 'inside', 'operator', 'commit', 'metrics', 'status', 'between'];

/** Runs ten steps and calls `act` at one point of step 4. */
async function disturb(point: Point, act: (trainer: Trainer) => void, overrides = {}) {
  const target: { trainer?: Trainer } = {};
  let acted = false;
  const now = (step: number): void => {
    if (step !== 4 || acted || !target.trainer) return;
    acted = true;
    act(target.trainer);
  };
  const at = (reached: string, step: number): void => {
    if (reached === point) now(step);
    if (reached === 'commit' && point === 'between') setImmediate(() => now(step));
  };
  const { trainer, pipeline } = await startRun({ trainer: { maxSteps: 10 }, ...overrides }, {}, { at });
  target.trainer = trainer;
  if (point === 'metrics') trainer.metrics$.subscribe(({ tag, step }) => tag === 'train/loss' && now(step));
  if (point === 'status') trainer.status$.subscribe(({ step }) => now(step));
  return { trainer, pipeline };
}

describe('a command at any point of a step', () => {
  it.each(points)(
    '[TR3] [TR4] pause at %s: the step is whole, and the run ends with the same bits',
    async (point) => {
      const { trainer, pipeline } = await disturb(point, (it) => it.pause());
      const { step } = await inState(trainer, 'paused');
      expect([4, 5]).toContain(step);
      expect(pipeline.calls.commits).toEqual(Array.from({ length: step }, (_, index) => index + 1));
      expect(pipeline.calls.trainSteps).toEqual(pipeline.calls.commits);
      trainer.resume();
      const summary = await trainer.done;
      expect(summary.steps).toBe(10);
      expect(pipeline.calls.commits).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
      expect(pipeline.values()).toEqual(await undisturbedValues());
    },
  );

  it.each(points)('[TR3] everything at once at %s changes no bit', async (point) => {
    const { trainer, pipeline } = await disturb(point, (it) => {
      it.pause();
      it.evaluate('all');
      it.resume();
      it.checkpoint();
      it.pause();
      it.stepOnce();
      it.evaluate('batch');
      it.stepOnce();
    });
    await inState(trainer, 'paused');
    trainer.resume();
    await trainer.done;
    expect(pipeline.calls.commits).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
    expect(pipeline.values()).toEqual(await undisturbedValues());
  });

  it.each(points)('[TR3] [TR9] stop at %s ends at a whole step', async (point) => {
    const { trainer, pipeline } = await disturb(point, (it) => it.stop());
    const summary = await trainer.done;
    expect(summary.status).toBe('stopped');
    expect(pipeline.calls.commits).toHaveLength(summary.steps);
    expect(pipeline.values()).toEqual(await undisturbedValues({ trainer: { maxSteps: summary.steps } }));
  });

  it('[TR3] with gradient accumulation, too', async () => {
    const groups = {
      line: { optimizer: { kind: 'adam', learningRate: 0.05 }, accumulateSteps: 3 },
      shift: { optimizer: { kind: 'sgd', learningRate: 0.05 }, accumulateSteps: 2 },
    } as const;
    const expected = await undisturbedValues({ groups });
    for (const point of points) {
      const { trainer, pipeline } = await disturb(point, (it) => it.pause(), { groups });
      await inState(trainer, 'paused');
      trainer.resume();
      await trainer.done;
      expect(pipeline.values(), point).toEqual(expected);
    }
  });
});

it('[TR2] [TR3] the undisturbed run moves each parameter once a step: gradient descent by hand', async () => {
  const sgd = { optimizer: { kind: 'sgd', learningRate: 0.05 } } as const;
  let [slope, offset] = [0.25, 0.5];
  for (let step = 1; step <= 10; step++) {
    const key = randomKey(7, RandomStream.pixels, step);
    const xs = Array.from({ length: 8 }, (_, point) => 2 * uniformAt(key, point) - 1);
    const errors = xs.map((x) => slope * x + offset - (2 * x - 1));
    slope -= 0.05 * errors.reduce((sum, error, point) => sum + (error * xs[point]!) / 4, 0);
    offset -= 0.05 * errors.reduce((sum, error) => sum + error / 4, 0);
  }
  const values = await undisturbedValues({ trainer: { maxSteps: 10 }, groups: { line: sgd, shift: sgd } });
  expect(values[0]).toBeCloseTo(slope, 5);
  expect(values[1]).toBeCloseTo(offset, 5);
});

describe('pausing', () => {
  it('[TR5] makes no step, publishes nothing and reads no clock', async () => {
    let clockReads = 0;
    const clock = {
      now: () => ++clockReads,
      monotonic: () => ++clockReads,
    };
    const { trainer, pipeline } = await startRun({ trainer: { startPaused: true, maxSteps: 5 } }, { clock });
    let events = 0;
    trainer.metrics$.subscribe(() => events++);
    await inState(trainer, 'paused');
    const before = [clockReads, events, pipeline.calls.trainSteps.length];
    await new Promise((resolve) => setTimeout(resolve, 60));
    expect([clockReads, events, pipeline.calls.trainSteps.length]).toEqual(before);
    expect(before[2]).toBe(0);
    trainer.stop();
    expect((await trainer.done).steps).toBe(0);
  });

  it('[TR6] [TR12] steps one by one from a paused start', async () => {
    const { trainer, pipeline } = await startRun({ trainer: { startPaused: true, maxSteps: 4 } });
    await inState(trainer, 'paused');
    trainer.stepOnce();
    trainer.stepOnce();
    const twoSteps = inState(trainer, 'paused');
    expect((await twoSteps).step).toBe(2);
    expect(pipeline.calls.commits).toEqual([1, 2]);
    trainer.stepOnce();
    expect((await inState(trainer, 'paused')).step).toBe(3);
    trainer.resume();
    expect((await trainer.done).steps).toBe(4);
    expect(pipeline.values()).toEqual(await undisturbedValues({ trainer: { maxSteps: 4 } }));
  });

  it('[TR4] survives quick changes of mind', async () => {
    const { trainer, pipeline } = await startRun({ trainer: { maxSteps: 200 } });
    const flip = setInterval(() => {
      trainer.pause();
      trainer.resume();
      trainer.pause();
      trainer.pause();
      setImmediate(() => trainer.resume());
    }, 1);
    await trainer.done;
    clearInterval(flip);
    expect(pipeline.calls.commits).toEqual(Array.from({ length: 200 }, (_, index) => index + 1));
    expect(pipeline.values()).toEqual(await undisturbedValues({ trainer: { maxSteps: 200 } }));
  });
});

describe('evaluating', () => {
  it('[TR7] remembers a pause and a save that come while images are rendered', async () => {
    const target: { trainer?: Trainer } = {};
    const onEvalImage = (index: number): void => {
      if (index === 1) {
        target.trainer?.pause();
        target.trainer?.checkpoint();
      }
    };
    const { trainer, pipeline } = await startRun(
      { trainer: { maxSteps: 6 }, evaluate: { allImagesEverySteps: 3 } },
      {},
      { onEvalImage },
    );
    target.trainer = trainer;
    const states: string[] = [];
    trainer.status$.subscribe(({ state }) => states.at(-1) !== state && states.push(state));
    const status = await inState(trainer, 'paused');
    expect([status.step, pipeline.calls.images]).toEqual([3, [0, 1, 2]]);
    expect(states.slice(-3)).toEqual(['evaluating', 'checkpointing', 'paused']);
    trainer.resume();
    await trainer.done;
    expect(pipeline.values()).toEqual(await undisturbedValues({ trainer: { maxSteps: 6 } }));
  });

  it('[TR9] a stop leaves out the rest of the images', async () => {
    const target: { trainer?: Trainer } = {};
    const onEvalImage = (index: number): void => {
      if (index === 1) target.trainer?.stop('interrupt');
    };
    const { trainer, pipeline } = await startRun(
      { trainer: { maxSteps: 2 } },
      {},
      { onEvalImage, images: 50 },
    );
    target.trainer = trainer;
    const summary = await trainer.done;
    expect([summary.status, summary.steps, summary.eval]).toEqual(['interrupted', 2, undefined]);
    expect(pipeline.calls.images).toEqual([0, 1]);
  });

  it('[TR31] a stop while the run is prepared leaves out the rest, and nothing is left behind', async () => {
    const runDir = path.join(temporaryFolder(), 'run');
    const engine = await cpuEngine();
    const target: { trainer?: Trainer } = {};
    const trainer = createTrainer(trainerConfig(), {
      pipeline: (_config, _engine, _log, { signal } = {}) =>
        new Promise((_, reject) => {
          signal?.addEventListener('abort', () => reject(signal.reason));
          setImmediate(() => target.trainer?.stop('interrupt'));
        }),
      ...{ engine, runDir, sinks: [] },
    });
    target.trainer = trainer;
    expect(await trainer.done).toMatchObject({ status: 'interrupted', steps: 0 });
    expect(existsSync(runDir)).toBe(false);
  });

  it('[TR8] [WR4] rotates the single image, and publishes batch, images and means', async () => {
    const { trainer, pipeline } = await startRun({
      trainer: { maxSteps: 10 },
      evaluate: { imageEverySteps: 2, batchEverySteps: 5 },
    });
    const tags: string[] = [];
    trainer.metrics$.subscribe(({ tag, step }) => tag.startsWith('eval/') && tags.push(`${step} ${tag}`));
    await trainer.done;
    expect(pipeline.calls.images).toEqual([0, 1, 2, 0, 0, 1, 2]);
    expect(tags.filter((tag) => tag.includes('batch'))).toEqual(['5 eval/batch/mse', '10 eval/batch/mse']);
    expect(tags.slice(0, 3)).toEqual(['2 eval/images/0/psnr', '2 eval/images/0/ssim', '2 eval/images/0']);
    expect(tags.slice(-2)).toEqual(['10 eval/psnr', '10 eval/ssim']);
  });
});

describe('learning rates', () => {
  it('[TR10] change from the next step on', async () => {
    const { trainer } = await startRun({ trainer: { maxSteps: 4, startPaused: true } });
    const rates: string[] = [];
    trainer.metrics$.subscribe((event) => {
      if (event.kind === 'scalar' && event.tag.startsWith('learning_rate/'))
        rates.push(`${event.step} ${event.tag.slice(14)} ${event.value}`);
    });
    await inState(trainer, 'paused');
    trainer.stepOnce();
    await inState(trainer, 'paused');
    trainer.setLearningRate('line', 0.5);
    trainer.resume();
    await trainer.done;
    expect(rates).toEqual([
      '1 line 0.05',
      '1 shift 0.05',
      ...[2, 3, 4].flatMap((step) => [`${step} line 0.025`, `${step} shift 0.05`]),
    ]);
  });

  it('refuses unknown groups and factors that are not positive', async () => {
    const { trainer } = await startRun();
    expect(() => trainer.setLearningRate('lime', 1)).toThrow('no parameter group lime; groups: line, shift');
    expect(() => trainer.setLearningRate('line', 0)).toThrow('must be a positive number');
    await trainer.done;
    trainer.pause();
  });
});
