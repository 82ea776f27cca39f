/** The whole NeRF pipeline on a tiny data set: it learns, repeats itself bit for bit, and continues from its state. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadConfig } from '../../src/config/loadConfig.ts';
import { CheckpointError } from '../../src/errors.ts';
import type { Log } from '../../src/log.ts';
import { createOptimizers } from '../../src/optimizers/createOptimizers.ts';
import { createPipeline } from '../../src/pipeline/createPipeline.ts';
import type { Pipeline, RenderRequest } from '../../src/pipeline/pipeline.ts';
import { completeCamera } from '../../src/pipeline/renderCamera.ts';
import { createEngine } from '../../src/tensors/createEngine.ts';
import type { NamedArrays } from '../../src/tensors/namedArrays.ts';
import { writeTinyScene } from '../cli/tinyScene.ts';
import { onTensors } from '../support/cpuBackend.ts';

const silent = { debug() {}, info() {}, warn() {}, error() {} };

/** A pipeline with optimizers, and everything one needs to run and copy it. */
async function start(folder: string, threads: number, model: object = {}, log: Log = silent) {
  const config = await loadConfig('instant-ngp', {
    data: folder,
    threads,
    model: {
      kind: 'instant-ngp',
      hashGrid: { levels: 4, log2TableSize: 12, maxResolution: 64 },
      density: { width: 16 },
      color: { width: 16 },
      occupancy: { resolution: 16 },
      targetSamples: 2048,
      ...model,
    },
  });
  const engine = await createEngine(config);
  const pipeline = await createPipeline(config, engine, log);
  const optimizers = createOptimizers(pipeline.groups, config.groups, engine);
  const step = (n: number) => {
    const { losses, gradients } = pipeline.trainStep(n);
    const loss = losses['loss'] as number;
    for (const group of Object.keys(pipeline.groups)) optimizers.apply(group, gradients, 1e-2);
    pipeline.commit?.(n);
    return loss;
  };
  const dispose = () => {
    optimizers.dispose();
    pipeline.dispose();
    engine.dispose();
  };
  return { pipeline, optimizers, step, dispose };
}

function parametersOf(pipeline: Pipeline): Record<string, Float32Array> {
  return Object.fromEntries(
    Object.values(pipeline.groups).flatMap((group) =>
      group.map(({ name, variable }) => [name, onTensors.read(variable).slice()]),
    ),
  );
}

function copy(state: NamedArrays): NamedArrays {
  return Object.fromEntries(
    Object.entries(state).map(([name, { shape, data }]) => [name, { shape, data: data.slice() }]),
  );
}

describe('createPipeline', () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'nerfstream-pipeline-'));
  beforeAll(() => writeTinyScene(folder));
  afterAll(() => rmSync(folder, { recursive: true }));

  it('[TR27] renders a held-out view as the evaluation does, smaller ones through the same rays, and leaves no trace', async () => {
    const left = await start(folder, 2);
    for (let n = 1; n <= 30; n++) left.step(n);
    const expected = parametersOf(left.pipeline);
    left.dispose();
    const { pipeline, step, dispose } = await start(folder, 2);
    const render = (request: RenderRequest) => {
      const work = pipeline.render!(request);
      for (;;) {
        const { done, value } = work.next();
        if (done) return value;
      }
    };
    for (let n = 1; n <= 30; n++) {
      step(n);
      if (n % 10 === 0) render({ camera: pipeline.views!.train[1]!, outputs: ['depth'] });
    }
    expect(parametersOf(pipeline)).toEqual(expected);
    const outputs = ['rgb', 'accumulation', 'depth'];
    const whole = render({ camera: pipeline.views!.eval[1]!, outputs });
    expect(whole.outputs['rgb']?.data).toEqual(pipeline.evalImage!(1)!.render.data);
    // A third of the size: the centre of pixel i is the centre of pixel 3 i + 1.
    const third = render({ camera: completeCamera(pipeline.views!.eval[1]!, 1 / 3), outputs });
    expect([third.width, third.height]).toEqual([8, 8]);
    for (const [name, { channels, data }] of Object.entries(third.outputs)) {
      const all = whole.outputs[name]!.data;
      data.forEach((value, index) => {
        const [pixel, channel] = [Math.floor(index / channels), index % channels];
        const from = (3 * Math.floor(pixel / 8) + 1) * 24 + 3 * (pixel % 8) + 1;
        const difference = Math.abs(value - all[from * channels + channel]!);
        expect(difference, `${name} of pixel ${pixel}`).toBeLessThanOrEqual(name === 'rgb' ? 1 : 1e-3);
      });
    }
    const { data: opacity } = whole.outputs['accumulation']!;
    expect(Math.min(...opacity)).toBeGreaterThanOrEqual(0);
    expect(Math.max(...opacity)).toBeLessThanOrEqual(1);
    expect(() => render({ camera: pipeline.views!.eval[1]!, outputs: ['smell'] })).toThrow(
      'outputs: rgb, depth, accumulation',
    );
    dispose();
  });

  it('learns the scene in 150 steps: what it trains on well, views it has never seen far better than before', async () => {
    const run = await start(folder, 2);
    const before = run.pipeline.evalImage!(0)!.metrics['psnr']!;
    let loss = 1;
    for (let n = 1; n <= 150; n++) loss = run.step(n);
    const { metrics, render, target, name } = run.pipeline.evalImage!(0)!;
    expect(-10 * Math.log10(loss)).toBeGreaterThan(23);
    expect(metrics['psnr']).toBeGreaterThan(before + 4);
    expect(render.data).toHaveLength(24 * 24 * 3);
    expect(target?.data).toHaveLength(24 * 24 * 3);
    expect(name).toBe('./test/r_0');
    expect(run.pipeline.evalImage!(2)).toBeUndefined();
    expect(run.pipeline.evalBatch!(150)['psnr']).toBeGreaterThan(before + 4);
    expect(run.pipeline.views).toMatchObject({ train: { length: 6 }, eval: { length: 2 } });
    run.dispose();
  });

  it('gives the same bits with 1 and 3 threads, with evaluations in between or not, and after a step that was discarded', async () => {
    const results: Record<string, Float32Array>[] = [];
    for (const [threads, disturbed] of [
      [1, false],
      [3, true],
    ] as const) {
      const run = await start(folder, threads, { appearanceDimensions: 4 });
      for (let n = 1; n <= 40; n++) {
        if (disturbed && n % 7 === 0) {
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

  it('continues from its saved state bit for bit', async () => {
    const first = await start(folder, 2);
    for (let n = 1; n <= 30; n++) first.step(n);
    const saved = {
      pipeline: copy(first.pipeline.state!()),
      optimizers: copy(first.optimizers.state()),
      parameters: parametersOf(first.pipeline),
    };
    const losses = Array.from({ length: 20 }, (_, k) => first.step(31 + k));
    const wanted = parametersOf(first.pipeline);
    first.dispose();

    const second = await start(folder, 2);
    second.pipeline.restore!(saved.pipeline);
    second.optimizers.restore(saved.optimizers);
    for (const { name, variable } of Object.values(second.pipeline.groups).flat())
      onTensors.read(variable).set(saved.parameters[name]!);
    expect(Array.from({ length: 20 }, (_, k) => second.step(31 + k))).toEqual(losses);
    expect(parametersOf(second.pipeline)).toEqual(wanted);
    second.dispose();
  });

  it('refuses the state of another model', async () => {
    const run = await start(folder, 1);
    expect(() => run.pipeline.restore!({})).toThrow(CheckpointError);
    run.dispose();
  });

  it('counts the samples that find no room in a metric, and warns of them once', async () => {
    const warnings: string[] = [];
    const log: Log = { ...silent, warn: (_, message) => warnings.push(message) };
    const run = await start(folder, 2, { targetSamples: 8192 }, log);
    run.step(1);
    expect(warnings).toEqual([]);
    // Rays that take one sample each by all that is known, and 50 in truth: a step of far too many rays.
    const averages = { shape: [2], data: Float64Array.of(1, 1) };
    run.pipeline.restore!({ ...copy(run.pipeline.state!()), 'rays/averages': averages });
    const dropped = [2, 3].map((n) => Number(run.pipeline.trainStep(n).metrics?.['dropped_samples']));
    for (const count of dropped) expect(count).toBeGreaterThan(0);
    expect(warnings).toEqual([
      expect.stringMatching(`step 2: .* ${dropped[0]} samples .* raise model.targetSamples`),
    ]);
    run.dispose();
  });
});
