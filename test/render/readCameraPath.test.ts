/** nerfstudio's camera_path.json: rays of its cameras, by nerfstudio's formulas worked out by hand. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { pointRay } from '../../src/data/cameras/pointRays.ts';
import { readCameraPath } from '../../src/render/readCameraPath.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'nerfstream-path-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** Turned by 90 degrees about z, at (1, 2, 3): the camera's x axis is the scene's y axis. */
const pose = [0, -1, 0, 1, 1, 0, 0, 2, 0, 0, 1, 3, 0, 0, 0, 1];

async function read(content: object) {
  const file = path.join(folder, 'camera_path.json');
  await writeFile(file, JSON.stringify(content));
  return readCameraPath(file);
}
const pathOf = (more: object = {}, frame: object = { fov: 90 }) => ({
  ...{ camera_type: 'perspective', render_width: 64, render_height: 32, fps: 12, seconds: 1, keyframes: [] },
  camera_path: [{ camera_to_world: pose, aspect: 2, ...frame }],
  ...more,
});
const close = (actual: readonly number[], expected: readonly number[]) => {
  for (const [k, value] of expected.entries()) expect(actual[k]).toBeCloseTo(value, 6);
};

describe('readCameraPath', () => {
  it('perspective: the field of view is that from top to bottom', async () => {
    const { cameras, fps, isCropped } = await read(pathOf());
    expect([fps, isCropped]).toEqual([12, false]);
    expect(cameras[0]).toMatchObject({ model: 'OPENCV', width: 64, height: 32, cx: 32, cy: 16 });
    // 16 / tan(45 degrees)
    expect(cameras[0]!.fx).toBeCloseTo(16, 9);
    const { origin, direction } = pointRay(cameras[0]!, 48, 16);
    expect(origin).toEqual([1, 2, 3]);
    // 45 degrees to the camera's right, which is the scene's y.
    close(direction, [0, Math.SQRT1_2, -Math.SQRT1_2]);
  });

  it('fisheye: angles grow evenly from the centre', async () => {
    const { cameras } = await read(pathOf({ camera_type: 'fisheye' }));
    // A radian is 16 pixels: 16 pixels up are one radian.
    close(pointRay(cameras[0]!, 32, 0).direction, [-Math.sin(1), 0, -Math.cos(1)]);
  });

  it('equirectangular: the width is the whole circle, the height from pole to pole', async () => {
    const [camera] = (await read(pathOf({ camera_type: 'equirectangular' }, {}))).cameras;
    close(pointRay(camera!, 32, 16).direction, [0, 0, -1]);
    close(pointRay(camera!, 48, 16).direction, [0, 1, 0]);
    close(pointRay(camera!, 16, 16).direction, [0, -1, 0]);
    close(pointRay(camera!, 32, 0).direction, [-1, 0, 0]);
  });

  it('says in one line what it cannot take', async () => {
    await expect(read(pathOf({ camera_type: 'vr180' }))).rejects.toThrow(
      /camera_path\.json: its camera_type is vr180; rendered are perspective, fisheye and equirectangular ones/,
    );
    await expect(read(pathOf({ camera_path: [] }))).rejects.toThrow(/camera_path.*has no frames/);
    await expect(read(pathOf({}, { camera_to_world: [1] }))).rejects.toThrow(/must be 16 numbers/);
    await expect(readCameraPath(path.join(folder, 'nowhere.json'))).rejects.toThrow(
      /nowhere\.json: cannot be read/,
    );
  });

  it('tells that a crop box is asked for', async () => {
    expect((await read(pathOf({ crop: { crop_center: [0, 0, 0] } }))).isCropped).toBe(true);
  });
});
