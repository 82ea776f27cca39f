/** Images on demand: between steps, while paused, and without a trace in what is trained. */
import { beforeAll, describe, expect, it } from 'vitest';
import type { Trainer } from '../../machines/trainer.ts';
import { CommandError, ConfigError } from '../../src/errors.ts';
import type { CameraView, RenderedImage, RenderRequest } from '../../src/pipeline/pipeline.ts';
import { cpuEngine } from '../support/cpuBackend.ts';
import { type LinePipeline, linePipeline } from '../support/linePipeline.ts';
import { inState, startRun, undisturbedValues } from '../support/trainerRuns.ts';

const camera = { cameraToWorld: [1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0], width: 4, height: 2, fx: 4, fy: 4 };
const view: CameraView = { name: 'left', ...camera, width: 6 };

/** Paints one row a turn: how many steps were committed when it was painted. `at` is told of each row. */
function paintingPipeline(at: (row: number, pipeline: LinePipeline) => void = () => {}): LinePipeline {
  const pipeline = linePipeline();
  function* render({ camera: { width, height }, outputs }: RenderRequest): Generator<number, RenderedImage> {
    const data = new Uint8Array(width * height);
    for (let row = 0; row < height; row++) {
      data.fill(pipeline.calls.commits.length, row * width, (row + 1) * width);
      at(row, pipeline);
      yield (row + 1) / height;
    }
    return {
      width,
      height,
      outputs: Object.fromEntries(outputs.map((name) => [name, { channels: 1, data }])),
    };
  }
  return Object.assign(pipeline, { render, views: { train: [], eval: [view] } });
}

const start = async (pipeline: LinePipeline, trainer: object = {}): Promise<Trainer> =>
  (await startRun({ trainer: { maxSteps: 10, ...trainer } }, { pipeline })).trainer;

beforeAll(cpuEngine);

describe('[TR27] render', () => {
  it('while training: all of the image is of one step, and the run ends with the bits of one never looked at', async () => {
    const pipeline = paintingPipeline();
    const trainer = await start(pipeline);
    const images: Promise<unknown>[] = [];
    trainer.metrics$.subscribe(({ tag, step }) => {
      if (tag !== 'train/loss' || step % 3 !== 0) return;
      images.push(
        trainer.render({ camera, outputs: ['rgb', 'depth'] }).then(({ step: at, width, height, outputs }) => {
          expect([at, width, height, Object.keys(outputs)]).toEqual([step, 4, 2, ['rgb', 'depth']]);
          expect(outputs['rgb']?.data).toEqual(new Uint8Array(8).fill(step));
        }),
      );
    });
    await trainer.done;
    expect(images).toHaveLength(3);
    await Promise.all(images);
    expect(pipeline.calls.commits).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
    expect(pipeline.values()).toEqual(await undisturbedValues({ trainer: { maxSteps: 10 } }));
  });

  it('while paused: the view of the data set, at the size that was asked for; the run stays paused', async () => {
    const pipeline = paintingPipeline();
    const trainer = await start(pipeline, { startPaused: true });
    await inState(trainer, 'paused');
    const [image, second] = await Promise.all([
      trainer.render({ view: 0, scale: 0.5 }),
      trainer.render({ view: 0, scale: 2, outputs: ['depth'] }),
    ]);
    expect([image.step, image.width, image.height, Object.keys(image.outputs)]).toEqual([0, 3, 1, ['rgb']]);
    expect([second.width, second.height, Object.keys(second.outputs)]).toEqual([12, 4, ['depth']]);
    expect((await inState(trainer, 'paused')).step).toBe(0);
    trainer.resume();
    expect((await trainer.done).steps).toBe(10);
  });

  it('commands that come between two pieces are honoured after the image', async () => {
    const target: { trainer?: Trainer } = {};
    const pipeline = paintingPipeline((row) => row === 0 && target.trainer?.pause());
    const trainer = await start(pipeline);
    target.trainer = trainer;
    const image = await trainer.render({ camera });
    const { step } = await inState(trainer, 'paused');
    expect(step).toBe(image.step);
    trainer.resume();
    await trainer.done;
  });

  it('one that fails is rejected, and the training goes on', async () => {
    const pipeline = paintingPipeline((row) => {
      if (row === 1) throw new Error('no light');
    });
    const trainer = await start(pipeline);
    await expect(trainer.render({ camera })).rejects.toThrow('no light');
    await expect(trainer.render({ view: 1 })).rejects.toThrow('there is no view 1; of eval there are 1');
    const summary = await trainer.done;
    expect([summary.status, summary.steps]).toEqual(['completed', 10]);
    expect(pipeline.values()).toEqual(await undisturbedValues({ trainer: { maxSteps: 10 } }));
  });

  it('a pipeline that cannot render says so', async () => {
    const { trainer } = await startRun();
    await expect(trainer.render({ camera })).rejects.toBeInstanceOf(ConfigError);
    await trainer.done;
  });

  it('a stop leaves out the rest of the image; what still waits then, or comes later, is rejected', async () => {
    const target: { trainer?: Trainer } = {};
    const rows: number[] = [];
    const pipeline = paintingPipeline((row) => {
      rows.push(row);
      target.trainer?.stop();
    });
    const trainer = await start(pipeline, { startPaused: true });
    target.trainer = trainer;
    const images = [trainer.render({ camera }), trainer.render({ camera })];
    const ends = await Promise.allSettled(images);
    expect(ends.map((end) => end.status === 'rejected' && end.reason instanceof CommandError)).toEqual([
      true,
      true,
    ]);
    expect((await trainer.done).status).toBe('stopped');
    expect(rows).toEqual([0]);
    await expect(trainer.render({ camera })).rejects.toThrow('the run ended before');
  });
});
