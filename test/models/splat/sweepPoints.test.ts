/** The beginning without points: depths of a scene whose depths are known. */
import { beforeAll, describe, expect, it } from 'vitest';
import type { Camera } from '../../../src/data/cameras/camera.ts';
import type { Image } from '../../../src/data/image.ts';
import { photosInMemory } from '../../../src/data/photos.ts';
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

/** What the camera sees: OpenGL's y goes up, rows go down. */
function photoOf({ cameraToWorld, fx, fy, cx, cy }: Camera): Image {
  const data = new Uint8Array(size * size * 3);
  const depth = 1 - wallZ;
  for (let row = 0; row < size; row++)
    for (let column = 0; column < size; column++) {
      const x = cameraToWorld[3]! + ((column + 0.5 - cx) / fx) * depth;
      const y = cameraToWorld[7]! - ((row + 0.5 - cy) / fy) * depth;
      data.fill(pattern(x, y), (row * size + column) * 3, (row * size + column) * 3 + 3);
    }
  return { width: size, height: size, channels: 3, data };
}

const photos = cameras.map(photoOf);
const views = cameras.map((camera) => splatView(camera));
const sweepOn = (threads: number) =>
  withKernels({ threads }, (kernels) => {
    const pyramid = createPhotoPyramid(kernels, photosInMemory(photos));
    const points = sweepPoints(kernels, pyramid, views, 4000, 7);
    pyramid.dispose();
    return points;
  });

describe('sweepPoints', () => {
  let alone: Awaited<ReturnType<typeof sweepOn>>;
  beforeAll(async () => {
    alone = await sweepOn(1);
  });

  it('finds the wall, and takes its colours', () => {
    const { positions, colors } = alone;
    const count = positions.length / 3;
    expect(count).toBeGreaterThan(2000);
    const offsets = Array.from({ length: count }, (_, k) => Math.abs(positions[k * 3 + 2]! - wallZ));
    // 15% of the points are guesses about it.
    expect(offsets.filter((offset) => offset < 0.05).length / count).toBeGreaterThan(0.8);
    const errors = offsets.flatMap((offset, k) =>
      offset < 0.05
        ? [Math.abs(colors[k * 3]! * 255 - pattern(positions[k * 3]!, positions[k * 3 + 1]!))]
        : [],
    );
    expect(errors.sort((a, b) => a - b)[Math.floor(errors.length / 2)]).toBeLessThan(15);
  });

  it('gives the same bits on 1, 2, 3 and 7 threads', async () => {
    for (const threads of [2, 3, 7]) expect(await sweepOn(threads)).toEqual(alone);
  }, 120_000);
});
