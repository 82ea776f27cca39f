/** A pipeline and an engine of the user: the trainer speaks to both by their interfaces, and to nothing behind them. */
import path from 'node:path';
import { lastValueFrom } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { createTrainer } from '../../machines/createTrainer.ts';
import { silentLog } from '../../machines/trainerOptions.ts';
import { loadConfig } from '../../src/config/loadConfig.ts';
import { createGradientAccumulator } from '../../src/optimizers/gradientAccumulator.ts';
import { createPipeline } from '../../src/pipeline/createPipeline.ts';
import { accumulateGradients } from '../../streams/operators/accumulateGradients.ts';
import { clipGradients } from '../../streams/operators/clipGradients.ts';
import { guardFinite } from '../../streams/operators/guardFinite.ts';
import { trainSteps } from '../../streams/trainSteps.ts';
import { writeTinyScene } from '../cli/tinyScene.ts';
import { arrayEngine, arrayLinePipeline } from '../support/arrayEngine.ts';
import { loadedFiles } from '../support/loadedFiles.ts';
import { temporaryFolder } from '../support/temporaryFolder.ts';
import { trainerConfig } from '../support/trainerConfig.ts';

const settings = (maxSteps: number) =>
  trainerConfig({
    groups: { line: { optimizer: { kind: 'sgd', learningRate: 0.25 }, accumulateSteps: 2, clipNorm: 1 } },
    trainer: { maxSteps, histogramsEverySteps: 10 },
  });

describe('[EN1] an engine of plain arrays', () => {
  it('trains a pipeline of its own, and publishes norms and histograms', async () => {
    const pipeline = arrayLinePipeline();
    const trainer = createTrainer(settings(120), {
      pipeline,
      engine: arrayEngine(),
      runDir: null,
      sinks: [],
    });
    const tags = new Set<string>();
    trainer.metrics$.subscribe(({ tag }) => tags.add(tag));
    const summary = await trainer.done;
    expect(summary).toMatchObject({ status: 'completed', steps: 120, engine: 'arrays' });
    expect(pipeline.values()).toBeAllClose([2, -1, 120], { rtol: 1e-3 });
    expect([...tags]).toEqual(
      expect.arrayContaining([
        'gradient_norm/line',
        'gradients/line/coefficients',
        'parameters/line/coefficients',
      ]),
    );
  });

  it('[RF5] resumes to the bits of a run that was never interrupted', async () => {
    const whole = arrayLinePipeline();
    await createTrainer(settings(31), { pipeline: whole, engine: arrayEngine(), runDir: null, sinks: [] })
      .done;
    const runDir = path.join(temporaryFolder(), 'run');
    const part = { engine: arrayEngine(), runDir, sinks: [] };
    await createTrainer(settings(15), { ...part, pipeline: arrayLinePipeline() }).done;
    const resumed = arrayLinePipeline();
    await createTrainer(settings(31), { ...part, pipeline: resumed, resume: true }).done;
    expect(resumed.values()).toEqual(whole.values());
  });

  it('flows through step streams', async () => {
    const engine = arrayEngine();
    const pipeline = arrayLinePipeline();
    const config = { line: { accumulateSteps: 2, clipNorm: 0.5, clipValue: 0.4 } };
    const accumulator = createGradientAccumulator(pipeline.groups, config, engine);
    const { gradients, gradientNorms } = await lastValueFrom(
      trainSteps(pipeline, { from: 1, until: 2 }).pipe(
        guardFinite('error', engine),
        accumulateGradients(accumulator),
        clipGradients(pipeline.groups, config, engine),
      ),
    );
    // d/da = 2 (0.25 - 2) (1 + 0.25 + 0 + 0.25 + 1) / 5, d/db = 2 (0.5 + 1)
    expect(gradientNorms['line']).toBeCloseTo(Math.hypot(-1.75, 3), 5);
    const factor = 0.5 / Math.hypot(-1.75, 3);
    expect(engine.read(gradients['coefficients']!)).toBeAllClose([-1.75 * factor, 0.4]);
  });

  it('[EN2] a model says what it needs that the engine has not', async () => {
    const data = temporaryFolder();
    await writeTinyScene(data);
    for (const method of ['instant-ngp', 'vanilla-nerf']) {
      const config = await loadConfig(method, { data });
      await expect(createPipeline(config, arrayEngine(), silentLog)).rejects.toThrow(
        `model ${method} needs an engine with the operations of tfjs, and the engine arrays has none; take engine=simd`,
      );
    }
  });
});

describe('[EN1] a trainer with an engine of the user', () => {
  it('loads neither kernels nor the tensor library', async () => {
    const loaded = await loadedFiles('machines/createTrainer.ts');
    expect(loaded).toContain('src/optimizers/gradientAccumulator.ts');
    expect(loaded.filter((file) => /^src\/kernels\/|tensors\/tf\.ts$|tensorflow/.test(file))).toEqual([]);
  });
});
