/** Splats in a run: trained, grown, rendered, saved and resumed, on a scene of a few photos. */
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { createTrainer } from '../../../machines/createTrainer.ts';
import { inspectCheckpoint } from '../../../src/checkpoint/checkpointFiles.ts';
import { loadConfig } from '../../../src/config/loadConfig.ts';
import type { Config } from '../../../src/config/schema.ts';
import type { SinkFunction } from '../../../streams/sink.ts';
import { writeTinyScene } from '../../cli/tinyScene.ts';
import { temporaryFolder } from '../../support/temporaryFolder.ts';

const steps = 60;
/** The scene's folder, made anew: it goes with the test. */
async function tinyScene(): Promise<string> {
  const folder = temporaryFolder();
  await writeTinyScene(folder);
  return folder;
}

function configOf(scene: string, threads: number, maxSteps = steps): Promise<Config> {
  return loadConfig('splat-fast', {
    data: { path: scene },
    threads,
    engine: 'simd',
    model: {
      horizonSteps: steps,
      maxSplats: 300,
      rowStride: 2,
      opacityPenalty: 0,
      densify: { everySteps: 10 },
      start: { points: 100 },
    },
    trainer: { maxSteps },
    evaluate: { batchEverySteps: 20, imageEverySteps: 0, allImagesEverySteps: 0 },
    checkpoint: { everySteps: 0 },
    sinks: [],
  } as never);
}

async function train(runDir: string, config: Config, resume = false) {
  const scalars: Record<string, number[]> = {};
  const note: SinkFunction = (metrics$) =>
    metrics$.forEach((event) => {
      if (event.kind !== 'scalar') return;
      scalars[event.tag] ??= [];
      scalars[event.tag]!.push(event.value);
    });
  const summary = await createTrainer(config, { runDir, resume, sinks: [note] }).done;
  const file = path.join(runDir, summary.checkpoint!);
  return { summary, scalars, tensors: (await inspectCheckpoint(file)).tensors };
}

describe('training splats', () => {
  it('learns, grows, and has the same bits on 1, 2 and 3 threads', async () => {
    const scene = await tinyScene();
    const results = [];
    for (const threads of [1, 2, 3])
      results.push(await train(path.join(temporaryFolder(), 'run'), await configOf(scene, threads)));
    const { summary, scalars, tensors } = results[0]!;
    expect(summary.status).toBe('completed');
    expect(summary.splats).toBe(scalars['train/splats']!.at(-1));
    expect(summary.eval!.psnr).toBeGreaterThan(20);
    const splats = scalars['train/splats']!;
    expect(splats.at(-1)).toBeGreaterThan(splats[0]!);
    expect(scalars['eval/batch/psnr']!.length).toBe(3);
    const means = tensors.find(({ name }) => name === 'parameters/means/means')!;
    expect(means.shape).toEqual([splats.at(-1), 3]);
    expect(tensors.find(({ name }) => name === 'optimizers/means/means/firstMoment')!.shape).toEqual(
      means.shape,
    );
    for (const result of results.slice(1)) expect(result.tensors).toEqual(tensors);
  });

  it('[RF5] goes on, in the middle of growing, to the bits of an unbroken run', async () => {
    const scene = await tinyScene();
    const [unbroken, broken] = [path.join(temporaryFolder(), 'a'), path.join(temporaryFolder(), 'b')];
    const { tensors } = await train(unbroken, await configOf(scene, 2));
    const half = await train(broken, await configOf(scene, 2, 25));
    expect(half.tensors.find(({ name }) => name === 'parameters/means/means')!.shape).not.toEqual(
      tensors.find(({ name }) => name === 'parameters/means/means')!.shape,
    );
    expect((await train(broken, await configOf(scene, 2), true)).tensors).toEqual(tensors);
  });
});
