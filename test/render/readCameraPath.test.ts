/** nerfstudio's camera_path.json: rays of its cameras, by nerfstudio's formulas worked out by hand. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { pointRay } from '../../src/data/cameras/pointRays.ts';
import { createRayBatch, createRayGenerator } from '../../src/data/rayBatch.ts';
import { readCameraPath } from '../../src/render/readCameraPath.ts';
import type { Shot } from '../../src/render/renderShot.ts';

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
    const { shots, fps, crop } = await read(pathOf());
    const cameras = shots.map(({ camera }) => camera);
    expect([fps, crop]).toEqual([12, undefined]);
    expect(cameras[0]).toMatchObject({ model: 'OPENCV', width: 64, height: 32, cx: 32, cy: 16 });
    // 16 / tan(45 degrees)
    expect(cameras[0]!.fx).toBeCloseTo(16, 9);
    const { origin, direction } = pointRay(cameras[0]!, 48, 16);
    expect(origin).toEqual([1, 2, 3]);
    // 45 degrees to the camera's right, which is the scene's y.
    close(direction, [0, Math.SQRT1_2, -Math.SQRT1_2]);
  });

  it('fisheye: angles grow evenly from the centre', async () => {
    const [{ camera }] = (await read(pathOf({ camera_type: 'fisheye' }))).shots as [Shot];
    // A radian is 16 pixels: 16 pixels up are one radian.
    close(pointRay(camera, 32, 0).direction, [-Math.sin(1), 0, -Math.cos(1)]);
  });

  it('equirectangular: the width is the whole circle, the height from pole to pole', async () => {
    const [{ camera }] = (await read(pathOf({ camera_type: 'equirectangular' }, {}))).shots as [Shot];
    close(pointRay(camera, 32, 16).direction, [0, 0, -1]);
    close(pointRay(camera, 48, 16).direction, [0, 1, 0]);
    close(pointRay(camera, 16, 16).direction, [0, -1, 0]);
    close(pointRay(camera, 32, 0).direction, [-1, 0, 0]);
  });

  it('says in one line what it cannot take', async () => {
    await expect(read(pathOf({ camera_type: 'orthophoto' }))).rejects.toThrow(
      /camera_path\.json: its camera_type is orthophoto; rendered are perspective, fisheye, equirectangular, omnidirectional, vr180\./,
    );
    const crop = { crop_center: [0, 0, 0], crop_scale: [1, 0, 1] };
    await expect(read(pathOf({ crop }))).rejects.toThrow(/crop_scale.*must be above 0: the box is empty/);
    await expect(read(pathOf({ camera_path: [] }))).rejects.toThrow(/camera_path.*has no frames/);
    await expect(read(pathOf({}, { camera_to_world: [1] }))).rejects.toThrow(/must be 16 numbers/);
    await expect(readCameraPath(path.join(folder, 'nowhere.json'))).rejects.toThrow(
      /nowhere\.json: cannot be read/,
    );
  });

  it('[RE5] omnidirectional: each eye stands on a circle, to the side of where it looks; the right one is below', async () => {
    const [{ camera: left, right }] = (await read(pathOf({ camera_type: 'omnidirectional' }))).shots as [
      Shot,
    ];
    expect(right!.place).toBe('below');
    // Ahead: along -z; the camera's x is the scene's y.
    close(pointRay(left, 32, 16).direction, [0, 0, -1]);
    close(pointRay(left, 32, 16).origin, [1, 2 - 0.032, 3]);
    close(pointRay(right!.camera, 32, 16).origin, [1, 2 + 0.032, 3]);
    // Looking to the right, the right eye is behind where it was: at +z of the camera.
    close(pointRay(right!.camera, 48, 16).direction, [0, 1, 0]);
    close(pointRay(right!.camera, 48, 16).origin, [1, 2, 3 + 0.032]);
    // At 45 degrees, and as high above the horizon, it is as far from the middle.
    close(pointRay(right!.camera, 40, 8).origin, [1, 2 + 0.032 * Math.SQRT1_2, 3 + 0.032 * Math.SQRT1_2]);
  });

  it('[RE5] what is rendered along has those origins', async () => {
    const [{ camera }] = (await read(pathOf({ camera_type: 'omnidirectional' }))).shots as [Shot];
    const rays = createRayBatch(64 * 32);
    createRayGenerator([camera]).generateRays(0, 0, 64 * 32, rays);
    for (const pixel of [0, 70, 1000, 2047]) {
      const { origin, direction } = pointRay(camera, (pixel % 64) + 0.5, Math.floor(pixel / 64) + 0.5);
      close([...rays.origins.subarray(pixel * 3, pixel * 3 + 3)], origin);
      close([...rays.directions.subarray(pixel * 3, pixel * 3 + 3)], direction);
    }
  });

  it('[RE5] vr180: half of the horizon for each eye, side by side', async () => {
    const [{ camera: left, right }] = (await read(pathOf({ camera_type: 'vr180' }))).shots as [Shot];
    expect(right!.place).toBe('beside');
    close(pointRay(left, 32, 16).direction, [0, 0, -1]);
    close(pointRay(left, 64, 16).direction, [0, 1, 0]);
    close(pointRay(left, 0, 16).direction, [0, -1, 0]);
    close(pointRay(left, 48, 16).direction, [0, Math.SQRT1_2, -Math.SQRT1_2]);
    for (const column of [0, 32, 60]) {
      close(pointRay(left, column, 16).origin, [1, 2 - 0.032, 3]);
      close(pointRay(right!.camera, column, 16).origin, [1, 2 + 0.032, 3]);
    }
  });

  it('[RE6] has the crop box of the file and the colour behind it', async () => {
    const crop = {
      ...{ crop_center: [1, 2, 3], crop_scale: [2, 4, 1], crop_rot: [0, 0, Math.PI / 2] },
      crop_bg_color: { r: 255, g: 0, b: 51 },
    };
    const { box, background } = (await read(pathOf({ crop }))).crop!;
    expect(background).toEqual([1, 0, 0.2]);
    // Its first axis is the scene's y.
    expect(box).toBeAllClose([0, 1, 0, -2, -0.5, 0, 0, 0.5, 0, 0, 2, -6], { atol: 1e-9 });
  });
});
