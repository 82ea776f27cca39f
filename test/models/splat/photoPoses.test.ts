/** Corrections of poses: their gradients by finite differences of the reference, what they find, the same bits on any number of threads and after a resume. */
import path from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { createTrainer } from '../../../machines/createTrainer.ts';
import { inspectCheckpoint } from '../../../src/checkpoint/checkpointFiles.ts';
import { loadConfig } from '../../../src/config/loadConfig.ts';
import type { Camera } from '../../../src/data/cameras/camera.ts';
import type { KernelPool } from '../../../src/kernels/kernelPool.ts';
import { createPhotoPoses, type PhotoPoses } from '../../../src/models/splat/photoPoses.ts';
import { renderSplats, type Splats } from '../../../src/models/splat/reference/renderSplats.ts';
import { createSplatKernels, imagePadding } from '../../../src/models/splat/splatKernels.ts';
import { type SplatView, splatView, viewPose } from '../../../src/models/splat/splatView.ts';
import { writeTinyScene } from '../../cli/tinyScene.ts';
import { selectCpuBackend } from '../../support/cpuBackend.ts';
import { withKernels } from '../../support/kernelPools.ts';
import { cameraAt, placeSplats, randomSplats, type SplatNumbers } from '../../support/splatScenes.ts';
import { temporaryFolder } from '../../support/temporaryFolder.ts';

const background = [0.2, 0.5, 0.9] as const;
const degree = 1;
const near = 0.1;
const lenses: Record<string, Camera> = {
  pinhole: cameraAt(),
  distorted: cameraAt({ distortion: [0.12, -0.05, 0.02, -0.004, 0.01, -0.02] }),
  fisheye: cameraAt({ model: 'OPENCV_FISHEYE', focal: 18, distortion: [0.08, -0.03, 0.01, 0, 0, 0] }),
};
const viewOf = (poses: PhotoPoses, photo: number, camera: Camera): SplatView => ({
  ...splatView(camera),
  ...viewPose(poses.corrected(photo, camera.cameraToWorld)),
});
/** [height, width, 3] */
const pictureOf = (splats: Splats, view: SplatView) =>
  renderSplats(splats, view, { degree, harmonicsWidth: 9, background, near, cutoff: 0, blur: 0.3 });
/** [height, width, 4] uint8, opaque. */
const photoOf = (picture: ArrayLike<number>) =>
  Uint8Array.from({ length: (picture.length / 3) * 4 }, (_, k) =>
    k % 4 === 3 ? 255 : Math.round(255 * Math.min(1, picture[Math.floor(k / 4) * 3 + (k % 4)]!)),
  );

/** Calls back with a function that trains on a photo from a view: the loss is returned, the gradient of the camera is written. */
async function withTraining(
  threads: number,
  splats: SplatNumbers,
  use: (
    train: (view: SplatView, photo: Uint8Array, gradient: Float64Array) => number,
    kernels: KernelPool,
  ) => void,
): Promise<void> {
  await withKernels({ threads }, (kernels) => {
    const placed = placeSplats(kernels, splats);
    const count = splats.opacities.length;
    const settings = { capacity: count, harmonicsWidth: 9, near, cutoff: 1e-6, minTransmittance: 0 };
    const render = createSplatKernels(kernels, settings, placed.addresses);
    use((view, photo, gradient) => {
      const image = kernels.allocate(photo.length + imagePadding);
      kernels.uint8(image, photo.length).set(photo);
      const loss = render.train(
        { view, background, degree, rowStride: 1, rowPhase: 0, image, movesCamera: true },
        count,
      );
      gradient.set(render.poseGradient);
      kernels.release(image);
      return loss;
    }, kernels);
    render.dispose();
    placed.dispose();
  });
}

describe('poses of photos', () => {
  beforeAll(selectCpuBackend);

  it.each(Object.keys(lenses))('have the gradients of finite differences: %s', async (lens) => {
    const camera = lenses[lens]!;
    const splats = randomSplats(30, 9, 10, 0.2);
    const photo = photoOf(pictureOf(randomSplats(40, 9, 11, 0.3), splatView(camera)));
    const target = Float64Array.from({ length: (photo.length / 4) * 3 }, (_, k) => {
      return photo[Math.floor(k / 3) * 4 + (k % 3)]! / 255;
    });
    for (const threads of [1, 7])
      await withTraining(threads, splats, (train, kernels) => {
        const poses = createPhotoPoses(kernels, 3);
        const { data, gradient, dispose } = poses.parameter;
        data.forEach((_, k) => {
          data[k] = 0.2 * Math.sin(3 * k);
        });
        const slopes = new Float64Array(6);
        train(viewOf(poses, 1, camera), photo, slopes);
        poses.backward(1, slopes);
        const loss = () => {
          const picture = pictureOf(splats, viewOf(poses, 1, camera));
          return picture.reduce((sum, value, k) => sum + (value - target[k]!) ** 2, 0) / picture.length;
        };
        const h = 2 ** -13;
        const expected = Array.from(data, (value, k) => {
          data[k] = value + h;
          const above = loss();
          data[k] = value - h;
          const below = loss();
          data[k] = value;
          return (above - below) / (2 * h);
        });
        const largest = Math.max(...expected.map(Math.abs));
        expect(largest).toBeGreaterThan(1e-4);
        expect(gradient.data).toBeAllClose(expected, { rtol: 0, atol: 3e-3 * largest });
        dispose();
      });
  });

  it('are found where splats are known; together the cameras stay where they are', async () => {
    const splats = randomSplats(300, 9, 10, 0.1);
    const camera = lenses['distorted']!;
    await withTraining(2, splats, (train, kernels) => {
      const photo = photoOf(pictureOf(splats, splatView(camera)));
      const poses = createPhotoPoses(kernels, 2);
      const { data, gradient, dispose } = poses.parameter;
      const error = Float32Array.of(0.03, -0.02, 0.04, 0.01, -0.02, 0.015);
      data.set([...error.map((value) => 0.5 + value), ...error.map((value) => 0.5 - value)]);
      const slopes = new Float64Array(6);
      const losses = Array.from({ length: 400 }, (_, step) => {
        const loss = train(viewOf(poses, step % 2, camera), photo, slopes);
        poses.backward(step % 2, slopes);
        data.forEach((value, k) => {
          data[k] = value - 0.5 * gradient.data[k]!;
        });
        return loss;
      });
      expect(losses.at(-1)!).toBeLessThan(losses[0]! / 50);
      // Half a unit for both is nothing: only the difference counts. A step aside and a turn look almost alike.
      const left = Math.hypot(...error.map((_, k) => data[k]! - data[6 + k]!));
      expect(left).toBeLessThan(0.2 * Math.hypot(...error.map((value) => 2 * value)));
      dispose();
    });
  });

  it('[RF5] end with the same bits on 1 and 3 threads and after a resume', { timeout: 120_000 }, async () => {
    const scene = temporaryFolder();
    await writeTinyScene(scene);
    const train = async (runDir: string, threads: number, maxSteps: number, resume = false) => {
      const config = await loadConfig(
        'splat-fast',
        {
          data: { path: scene },
          threads,
          model: { cameras: { optimize: 'SO3xR3' }, horizonSteps: 40, maxSplats: 200 },
          trainer: { maxSteps },
          evaluate: { batchEverySteps: 0, imageEverySteps: 0, allImagesEverySteps: 0 },
          sinks: [],
        } as never,
        [],
      );
      const { checkpoint } = await createTrainer(config, { runDir, resume, sinks: [] }).done;
      return (await inspectCheckpoint(path.join(runDir, checkpoint!))).tensors;
    };
    const whole = await train(path.join(temporaryFolder(), 'whole'), 1, 40);
    const broken = path.join(temporaryFolder(), 'broken');
    await train(broken, 3, 25);
    expect(await train(broken, 3, 40, true)).toEqual(whole);
    expect(whole.map(({ name }) => name)).toContain('parameters/poses/poses');
  });
});
