/** Light of photos: the identity on average, with the gradient of that; in a run exposures that differ are found, with the same bits. */
import { readdir } from 'node:fs/promises';
import path from 'node:path';
import sharp from 'sharp';
import { describe, expect, it, vi } from 'vitest';
import { createTrainer } from '../../../machines/createTrainer.ts';
import { inspectCheckpoint, loadCheckpoint } from '../../../src/checkpoint/checkpointFiles.ts';
import { loadConfig } from '../../../src/config/loadConfig.ts';
import { createPhotoLight, type Light } from '../../../src/models/splat/photoLight.ts';
import { writeTinyScene } from '../../cli/tinyScene.ts';
import { selectCpuBackend } from '../../support/cpuBackend.ts';
import { withKernels } from '../../support/kernelPools.ts';
import { temporaryFolder } from '../../support/temporaryFolder.ts';

vi.setConfig({ testTimeout: 120_000 });

const numbersOf = ({ gain, bias }: Light) => [...gain.map(Math.log), ...bias];

describe('light of photos', () => {
  it('is the identity on average, and its gradient is that of the differences from the average', async () => {
    await selectCpuBackend();
    await withKernels({}, (kernels) => {
      const light = createPhotoLight(kernels, 5);
      expect(light.of(3)).toEqual({ gain: [1, 1, 1], bias: [0, 0, 0] });
      const { data, gradient, dispose } = light.parameter;
      data.forEach((_, k) => {
        data[k] = Math.sin(3 * k) - 0.2;
      });
      const all = [0, 1, 2, 3, 4].map((photo) => numbersOf(light.of(photo)));
      for (let k = 0; k < 6; k++)
        expect(all.reduce((sum, numbers) => sum + numbers[k]!, 0)).toBeCloseTo(0, 6);
      const slopes = Float64Array.of(1, -2, 3, 0.5, -0.25, 4);
      light.backward(2, slopes);
      const loss = () => numbersOf(light.of(2)).reduce((sum, value, k) => sum + slopes[k]! * value, 0);
      data.forEach((value, k) => {
        data[k] = value + 0.125;
        const above = loss();
        data[k] = value - 0.125;
        expect(gradient.data[k]).toBeCloseTo((above - loss()) / 0.25, 4);
        data[k] = value;
      });
      dispose();
    });
  });

  it('[RF5] finds the exposures of the photos, on 1 and 3 threads and after a resume with the same bits', async () => {
    const scene = temporaryFolder();
    await writeTinyScene(scene);
    const exposures = [0.6, 1, 1.2, 0.8, 1.1, 0.9];
    const photos = (await readdir(path.join(scene, 'train'))).filter((name) => name.endsWith('.png')).sort();
    expect(photos).toHaveLength(exposures.length);
    for (const [index, name] of photos.entries()) {
      const file = path.join(scene, 'train', name);
      const exposure = exposures[index]!;
      const pixels = await sharp(file)
        .linear([exposure, exposure, exposure, 1], [0, 0, 0, 0])
        .png()
        .toBuffer();
      await sharp(pixels).toFile(file);
    }
    const train = async (runDir: string, threads: number, maxSteps: number, resume = false) => {
      const config = await loadConfig('splat-fast', {
        data: { path: scene },
        threads,
        model: {
          light: 'gainBias',
          harmonicsDegree: 0,
          horizonSteps: 120,
          maxSplats: 200,
          rowStride: 1,
          densify: { everySteps: 40 },
        },
        groups: { light: { optimizer: { kind: 'adam', learningRate: 5e-2 } } },
        trainer: { maxSteps },
        evaluate: { batchEverySteps: 0, imageEverySteps: 0, allImagesEverySteps: 0 },
        checkpoint: { everySteps: 0 },
        sinks: [],
      } as never);
      const { checkpoint } = await createTrainer(config, { runDir, resume, sinks: [] }).done;
      return path.join(runDir, checkpoint!);
    };
    const file = await train(path.join(temporaryFolder(), 'whole'), 1, 120);
    const rows = (await loadCheckpoint(file)).tensors['parameters/light/light']!;
    expect(rows.shape).toEqual([6, 6]);
    // Photos of other sides share few splats, which may take on a part of the exposure: what is found goes with it, and is less.
    const centred = (values: readonly number[]) => {
      const mean = values.reduce((sum, value) => sum + value / values.length, 0);
      return values.map((value) => value - mean);
    };
    const gains = centred(exposures.map((_, photo) => rows.data[photo * 6 + 1]!));
    const logs = centred(exposures.map(Math.log));
    const product = (a: readonly number[], b: readonly number[]) =>
      a.reduce((sum, value, k) => sum + value * b[k]!, 0);
    expect(product(gains, logs) / Math.sqrt(product(gains, gains) * product(logs, logs))).toBeGreaterThan(
      0.9,
    );
    expect(product(gains, logs) / product(logs, logs)).toBeGreaterThan(0.2);
    const broken = path.join(temporaryFolder(), 'broken');
    await train(broken, 3, 50);
    const { tensors } = await inspectCheckpoint(await train(broken, 3, 120, true));
    expect(tensors).toEqual((await inspectCheckpoint(file)).tensors);
  });
});
