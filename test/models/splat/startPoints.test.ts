/** Where splats begin: which source of points is taken, silhouettes through a lens, and what is said where there is none. */
import { describe, expect, it } from 'vitest';
import type { Camera, Distortion } from '../../../src/data/cameras/camera.ts';
import { pointDirection } from '../../../src/data/cameras/cameraDirections.ts';
import type { Image } from '../../../src/data/image.ts';
import { photosInMemory } from '../../../src/data/photos.ts';
import type { Scene } from '../../../src/data/scene.ts';
import { createPhotoPyramid } from '../../../src/models/splat/photoPyramid.ts';
import { splatSpaceOf } from '../../../src/models/splat/splatSpace.ts';
import { splatView } from '../../../src/models/splat/splatView.ts';
import { startPoints } from '../../../src/models/splat/startPoints.ts';
import { withKernels } from '../../support/kernelPools.ts';

const size = 64;
const radius = 0.3;
const center = [0.2, 0.15, -0.1] as const;

/** A camera on a circle about the z axis that looks at the origin, one unit away. */
function ringCamera(index: number, distortion?: Distortion, cameras = 8): Camera {
  const angle = (2 * Math.PI * index) / cameras;
  const [c, s] = [Math.cos(angle), Math.sin(angle)];
  return {
    model: 'OPENCV',
    width: size,
    height: size,
    fx: size / 2,
    fy: size / 2,
    cx: size / 2,
    cy: size / 2,
    ...(distortion && { distortion }),
    cameraToWorld: [-s, 0, c, c, c, 0, s, s, 0, 1, 0, 0],
  };
}

/** Opaque where the ray of a pixel meets the ball about `center`. */
function photoOfBall(camera: Camera): Image {
  const data = new Uint8Array(size * size * 4);
  const own = new Float64Array(3);
  const m = camera.cameraToWorld;
  const offset = [m[3]! - center[0], m[7]! - center[1], m[11]! - center[2]];
  for (let row = 0; row < size; row++)
    for (let column = 0; column < size; column++) {
      pointDirection(camera, column + 0.5, row + 0.5, own);
      const ray = [0, 1, 2].map(
        (k) => own[0]! * m[4 * k]! + own[1]! * m[4 * k + 1]! + own[2]! * m[4 * k + 2]!,
      );
      const length = Math.hypot(...ray);
      const along = -ray.reduce((sum, value, k) => sum + (value / length) * offset[k]!, 0);
      const distance = Math.hypot(...ray.map((value, k) => offset[k]! + (along * value) / length));
      if (along > 0 && distance < radius) data.set([200, 100, 50, 255], (row * size + column) * 4);
    }
  return { width: size, height: size, channels: 4, data };
}

const opaque = (shade: number): Image => ({
  width: size,
  height: size,
  channels: 3,
  data: new Uint8Array(size * size * 3).fill(shade),
});

function sceneOf(cameras: readonly Camera[], more: Partial<Scene> = {}): Scene {
  return {
    train: cameras.map((camera, index) => ({ name: `${index}`, image: `${index}.png`, camera })),
    eval: [],
    bounded: true,
    aabb: [-0.7, -0.7, -0.7, 0.7, 0.7, 0.7],
    hasAlpha: true,
    worldToModel: { transform: [1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0], scale: 1 },
    ...more,
  };
}

/** The points in the scene's coordinates, and what is said of them. */
function begin(scene: Scene, images: readonly Image[]) {
  const lines: string[] = [];
  const log = { info: (_: object, line: string) => lines.push(line), warn: () => {} } as never;
  return withKernels({ threads: 1 }, (kernels) => {
    const space = splatSpaceOf(scene.train.map(({ camera }) => camera));
    const views = scene.train.map(({ camera }) => splatView(camera));
    // Coordinates of the splats and the scene are the same here.
    const same = { ...space, center: [0, 0, 0] as const, scale: 1 };
    const photos = createPhotoPyramid(kernels, photosInMemory(images));
    const start = { points: 400, opacity: 0.5, size: 0.5 };
    const options = { kernels, scene, space: same, photos, views, start, seed: 3, log, path: 'photos/ball' };
    return { ...startPoints(options), lines };
  });
}

describe('[MO3] startPoints', () => {
  const indices = [0, 1, 2, 3, 4, 5, 6, 7];

  it.each<[string, Distortion | undefined]>([
    ['without distortion', undefined],
    ['with barrel distortion', [-0.25, 0.03, 0, 0, 0, 0]],
  ])('are inside the silhouettes of transparent photos %s', async (_name, distortion) => {
    const cameras = indices.map((index) => ringCamera(index, distortion));
    const { positions, colors, lines } = await begin(sceneOf(cameras), cameras.map(photoOfBall));
    expect(positions.length / 3).toBe(400);
    expect(lines).toEqual(['splats begin at 400 points inside the silhouettes']);
    const distances = Array.from({ length: 400 }, (_, point) =>
      Math.hypot(...[0, 1, 2].map((k) => positions[point * 3 + k]! - center[k]!)),
    );
    // The hull of eight views is a little larger than the ball; a pixel is 0.04 wide at its centre.
    expect(Math.max(...distances)).toBeLessThan(radius * 1.35);
    const middle = [0, 1, 2].map(
      (k) => positions.filter((_, at) => at % 3 === k).reduce((a, b) => a + b, 0) / 400,
    );
    expect(Math.max(...middle.map((value, k) => Math.abs(value - center[k]!)))).toBeLessThan(0.03);
    expect([...colors.subarray(0, 3)].map((value) => Math.round(value * 255))).toEqual([200, 100, 50]);
  });

  it('are those of the data set, which take precedence', async () => {
    const cameras = indices.map((index) => ringCamera(index));
    const points = { positions: new Float32Array(900).fill(0.25), colors: new Uint8Array(900).fill(51) };
    const { positions, colors, lines } = await begin(sceneOf(cameras, { points }), cameras.map(photoOfBall));
    expect(positions.length).toBe(900);
    expect(colors[0]).toBeCloseTo(0.2);
    expect(lines).toEqual(['splats begin at 300 points of the data set']);
  });

  it('are looked for elsewhere where the data set has few', async () => {
    const cameras = indices.map((index) => ringCamera(index));
    const points = { positions: new Float32Array(0), colors: new Uint8Array(0) };
    const { lines } = await begin(sceneOf(cameras, { points }), cameras.map(photoOfBall));
    expect(lines).toEqual(['splats begin at 400 points inside the silhouettes']);
  });

  it('are those that silhouettes leave where transparent photos are too far apart to be compared', async () => {
    const cameras = [0, 1, 2, 3, 4].map((index) => ringCamera(index, undefined, 5));
    const { lines } = await begin(sceneOf(cameras, { bounded: false }), cameras.map(photoOfBall));
    expect(lines).toEqual(['splats begin at 400 points inside the silhouettes']);
  });

  it('are refused in one line for photos that are transparent everywhere', async () => {
    const cameras = indices.map((index) => ringCamera(index));
    const empty = { ...opaque(0), channels: 4 as const, data: new Uint8Array(size * size * 4) };
    const failed = begin(
      sceneOf(cameras),
      cameras.map(() => empty),
    );
    await expect(failed).rejects.toMatchObject({ tag: 'Data' });
    await expect(failed).rejects.toThrow(/^photos\/ball: every photo is transparent everywhere[^\n]*$/);
  });

  it('are refused in one line that says what was tried where photos do not overlap', async () => {
    const cameras = indices.map((index) => ringCamera(index));
    const failed = begin(
      sceneOf(cameras, { hasAlpha: false, bounded: false }),
      indices.map((index) => opaque(30 * index)),
    );
    await expect(failed).rejects.toThrow(
      /^photos\/ball: splats cannot begin: 0 points by a plane sweep\. The photos must overlap[^\n]*instant-ngp$/,
    );
  });
});
