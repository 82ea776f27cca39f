/** Vanilla NeRF trained through the pipeline on a tiny data set: it learns, repeats itself bit for bit, and goes on from its state. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadConfig } from '../../../src/config/loadConfig.ts';
import { createOptimizers } from '../../../src/optimizers/createOptimizers.ts';
import { createPipeline } from '../../../src/pipeline/createPipeline.ts';
import type { Pipeline } from '../../../src/pipeline/pipeline.ts';
import { createEngine } from '../../../src/tensors/createEngine.ts';
import * as tf from '../../../src/tensors/tf.ts';
import { writeTinyScene } from '../../cli/tinyScene.ts';
import { onTensors } from '../../support/cpuBackend.ts';

const silent = { debug() {}, info() {}, warn() {}, error() {} };
const learningRate = 1e-2;

/** A pipeline with its optimizer, on the default engine. */
async function start(
  folder: string,
  { threads = 2, optimizer = 'adam' as 'adam' | 'radam', model = {} } = {},
) {
  const config = await loadConfig('vanilla-nerf', {
    data: folder,
    threads,
    engine: 'simd',
    groups: { fields: { optimizer: { kind: optimizer, learningRate } } },
    model: {
      kind: 'vanilla-nerf',
      positionEncoding: { frequencies: 4, maxExponent: 3 },
      directionEncoding: { frequencies: 1, maxExponent: 0 },
      base: { layers: 3, width: 16, skipLayers: [2] },
      head: { layers: 1, width: 16 },
      coarseSamples: 12,
      importanceSamples: 12,
      raysPerStep: 64,
      ...model,
    },
  });
  const engine = await createEngine(config);
  const pipeline = await createPipeline(config, engine, silent);
  const optimizers = createOptimizers(pipeline.groups, config.groups, engine);
  const step = (n: number) => {
    const { losses, gradients } = pipeline.trainStep(n);
    const values = Object.values(losses).map(Number);
    optimizers.apply('fields', gradients, learningRate);
    pipeline.commit?.(n);
    return values;
  };
  const dispose = () => {
    optimizers.dispose();
    pipeline.dispose();
    engine.dispose();
  };
  return { engine, pipeline, optimizers, step, dispose };
}

function parametersOf(pipeline: Pipeline): Record<string, Float32Array> {
  return Object.fromEntries(
    Object.values(pipeline.groups).flatMap((group) =>
      group.map(({ name, variable }) => [name, Float32Array.from(onTensors.read(variable))]),
    ),
  );
}

describe('vanilla-nerf in the pipeline', () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'nerfstream-vanilla-'));
  beforeAll(() => writeTinyScene(folder));
  afterAll(() => rmSync(folder, { recursive: true }));

  it('learns the scene in 250 steps to more than 20 dB on what it trains on; no tensors are left behind', async () => {
    const run = await start(folder);
    const before = run.pipeline.evalImage!(0)!.metrics['psnr']!;
    const losses: number[] = [];
    for (let n = 1; n <= 2; n++) run.step(n);
    const tensors = tf.memory().numTensors;
    for (let n = 3; n <= 250; n++) losses.push(run.step(n)[1]!);
    const last = losses.slice(-20).reduce((sum, loss) => sum + loss / 20, 0);
    expect(-10 * Math.log10(last)).toBeGreaterThan(20);
    const { metrics, render, target, name } = run.pipeline.evalImage!(0)!;
    expect(metrics['psnr']).toBeGreaterThan(before + 4);
    expect(render.data).toHaveLength(24 * 24 * 3);
    expect(target?.data).toHaveLength(24 * 24 * 3);
    expect(name).toBe('./test/r_0');
    expect(run.pipeline.evalBatch!(250)['psnr']).toBeGreaterThan(before + 4);
    expect(tf.memory().numTensors).toBe(tensors);
    run.dispose();
  }, 60_000);

  it('gives the same bits with 1 and 3 threads, with evaluations in between or not, and after a step that was discarded', async () => {
    const results: Record<string, Float32Array>[] = [];
    for (const [threads, disturbed] of [
      [1, false],
      [3, true],
    ] as const) {
      const run = await start(folder, { threads });
      for (let n = 1; n <= 6; n++) {
        if (disturbed && n % 3 === 0) {
          run.pipeline.trainStep(n);
          run.pipeline.evalImage!(0);
          run.pipeline.evalBatch!(n);
        }
        run.step(n);
      }
      results.push(parametersOf(run.pipeline));
      run.dispose();
    }
    expect(results[1]).toEqual(results[0]);
  });

  it.each(['adam', 'radam'] as const)(
    'continues from its saved state bit for bit (%s)',
    async (optimizer) => {
      const first = await start(folder, { optimizer });
      for (let n = 1; n <= 8; n++) first.step(n);
      const saved = {
        parameters: parametersOf(first.pipeline),
        pipeline: first.pipeline.state!(),
        optimizers: Object.fromEntries(
          Object.entries(first.optimizers.state()).map(([name, { shape, data }]) => [
            name,
            { shape, data: data.slice() },
          ]),
        ),
      };
      const losses = Array.from({ length: 4 }, (_, k) => first.step(9 + k));
      const wanted = parametersOf(first.pipeline);
      first.dispose();

      const second = await start(folder, { optimizer });
      second.pipeline.restore!(saved.pipeline);
      second.optimizers.restore(saved.optimizers);
      for (const { name, variable } of Object.values(second.pipeline.groups).flat()) {
        second.engine.write(variable, saved.parameters[name]!);
      }
      expect(Array.from({ length: 4 }, (_, k) => second.step(9 + k))).toEqual(losses);
      expect(parametersOf(second.pipeline)).toEqual(wanted);
      second.dispose();
    },
  );
});
