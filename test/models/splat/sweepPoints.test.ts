/** The beginning without points: depths of a scene whose depths are known. */
import { beforeAll, describe, expect, it } from 'vitest';
import type { Camera, Distortion } from '../../../src/data/cameras/camera.ts';
import { pointDirection } from '../../../src/data/cameras/cameraDirections.ts';
import type { Image } from '../../../src/data/image.ts';
import { photosInMemory } from '../../../src/data/photos.ts';
import type { ColoredPoints } from '../../../src/models/splat/initialSplats.ts';
import { createPhotoPyramid } from '../../../src/models/splat/photoPyramid.ts';
import { splatView } from '../../../src/models/splat/splatView.ts';
import { sweepPoints } from '../../../src/models/splat/sweepPoints.ts';
import { withKernels } from '../../support/kernelPools.ts';

const size = 160;
/** A wall with a pattern that nowhere repeats, seen from 2 away by cameras that look straight at it. */
const wallZ = -1;
const pattern = (x: number, y: number) =>
  127 +
  30 * (Math.sin(9 * x + 4 * y) + Math.sin(17.3 * y - 5 * x + 1) + Math.sin(23.1 * x + 11.7 * y + 2)) +
  25 * Math.sin(31 * x - 27.9 * y);

const cameras = [-0.35, -0.12, 0.1, 0.33].flatMap((x) =>
  [-0.3, 0.02, 0.28].map(
    (y): Camera => ({
      model: 'OPENCV',
      width: size,
      height: size,
      fx: size,
      fy: size,
      cx: size / 2,
      cy: size / 2,
      cameraToWorld: [1, 0, 0, x, 0, 1, 0, y, 0, 0, 1, 1],
    }),
  ),
);

/** What the camera sees. */
function photoOf(camera: Camera): Image {
  const data = new Uint8Array(size * size * 3);
  const { cameraToWorld } = camera;
  const direction = new Float64Array(3);
  for (let row = 0; row < size; row++)
    for (let column = 0; column < size; column++) {
      pointDirection(camera, column + 0.5, row + 0.5, direction);
      const [dx, dy, dz] = direction as unknown as [number, number, number];
      const along = (wallZ - cameraToWorld[11]!) / dz;
      const shade = pattern(cameraToWorld[3]! + along * dx, cameraToWorld[7]! + along * dy);
      data.fill(shade, (row * size + column) * 3, (row * size + column) * 3 + 3);
    }
  return { width: size, height: size, channels: 3, data };
}

const sweepOn = (threads: number, distortion?: Distortion) =>
  withKernels({ threads }, (kernels) => {
    const own = cameras.map((camera) => ({ ...camera, ...(distortion && { distortion }) }));
    const pyramid = createPhotoPyramid(kernels, photosInMemory(own.map(photoOf)));
    const views = own.map((camera) => splatView(camera));
    const points = sweepPoints(kernels, pyramid, views, 4000, 7);
    pyramid.dispose();
    return points;
  });

/** Share of the points that lie on the wall, and the median error of their colours, of 255. */
function onWall({ positions, colors }: ColoredPoints) {
  const errors: number[] = [];
  for (let at = 0; at < positions.length; at += 3)
    if (Math.abs(positions[at + 2]! - wallZ) < 0.05)
      errors.push(Math.abs(colors[at]! * 255 - pattern(positions[at]!, positions[at + 1]!)));
  errors.sort((a, b) => a - b);
  return {
    share: errors.length / (positions.length / 3),
    colorError: errors[Math.floor(errors.length / 2)]!,
  };
}

describe('sweepPoints', () => {
  let alone: Awaited<ReturnType<typeof sweepOn>>;
  beforeAll(async () => {
    alone = await sweepOn(1);
  });

  it('finds the wall, and takes its colours', () => {
    expect(alone.positions.length / 3).toBeGreaterThan(2000);
    const { share, colorError } = onWall(alone);
    // 15% of the points are guesses about it.
    expect(share).toBeGreaterThan(0.8);
    expect(colorError).toBeLessThan(15);
  });

  it('takes the colours from where a strong lens shows the points', async () => {
    const { share, colorError } = onWall(await sweepOn(2, [-0.3, 0.08, 0, 0, 0, 0]));
    expect(share).toBeGreaterThan(0.75);
    expect(colorError).toBeLessThan(20);
  });

  it('gives the same bits on 1, 2, 3 and 7 threads', async () => {
    for (const threads of [2, 3, 7]) expect(await sweepOn(threads)).toEqual(alone);
  }, 120_000);
});
