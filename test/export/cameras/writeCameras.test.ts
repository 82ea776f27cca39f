/** Cameras that are exported are read again by the dataparsers, and are the same. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Camera } from '../../../src/data/cameras/camera.ts';
import { cameraDirections } from '../../../src/data/cameras/cameraDirections.ts';
import { parseScene } from '../../../src/data/dataparsers/parseScene.ts';
import type { Frame, Scene } from '../../../src/data/scene.ts';
import { writeCameras } from '../../../src/export/cameras/writeCameras.ts';
import { createDataLog, dataConfig, writeCapture, writeImage, writeTransforms } from '../../data/dataSet.ts';
import { temporaryFolder } from '../../support/temporaryFolder.ts';

const parse = (path: string, settings: object = {}) =>
  parseScene(dataConfig({ path, ...settings }), createDataLog());

/** A turned pose in the world, [4, 4]. */
function turnedPose(index: number): number[][] {
  const [c, s] = [Math.cos(index * 0.7 + 0.3), Math.sin(index * 0.7 + 0.3)];
  return [
    [c, -s * 0.8, s * 0.6, 3 * s + 10],
    [s, c * 0.8, -c * 0.6, -3 * c - 4],
    [0, 0.6, 0.8, 2 + index],
    [0, 0, 0, 1],
  ];
}

async function captureOf(count: number, lens: object = {}): Promise<{ folder: string; scene: Scene }> {
  const folder = temporaryFolder();
  await writeCapture(folder, count, (transforms) => {
    Object.assign(transforms, lens);
    for (const [index, frame] of transforms.frames.entries()) frame.transform_matrix = turnedPose(index);
  });
  return { folder, scene: await parse(folder) };
}

const byImage = ({ train, eval: held }: Scene) =>
  new Map<string, Frame>([...train, ...held].map((frame) => [frame.image, frame]));

/** Read without any placement of ours: coordinates as they are in the file. */
const asWritten = { orientation: 'none', center: 'none', autoScale: false } as const;

describe('cameras as .json', () => {
  it('[EX1] have the poses of the data set again, wherever the file lies', async () => {
    const { folder, scene } = await captureOf(12);
    const out = join(temporaryFolder(), 'new', 'cameras.json');
    expect(await writeCameras(scene, 'world', out, folder)).toBe(12);
    const again = byImage(await parse(out, asWritten));
    const before = byImage(await parse(folder, asWritten));
    expect([...again.keys()]).toEqual([...before.keys()]);
    for (const [image, { camera }] of before) {
      const { cameraToWorld, ...intrinsics } = again.get(image)!.camera;
      expect(cameraToWorld).toBeAllClose([...camera.cameraToWorld], { atol: 1e-12 });
      expect(intrinsics).toEqual({ ...camera, cameraToWorld: undefined });
    }
  });

  it('keep the split and train as the data set does', async () => {
    const { folder, scene } = await captureOf(12);
    const out = join(folder, 'cameras.json');
    await writeCameras(scene, 'world', out, folder);
    const again = await parse(out);
    expect(again.eval.map(({ name }) => name)).toEqual(scene.eval.map(({ name }) => name));
    for (const [index, { camera }] of scene.train.entries())
      expect(again.train[index]!.camera.cameraToWorld).toBeAllClose([...camera.cameraToWorld], {
        atol: 1e-12,
      });
  });

  it('[EX2] in the frame of the model are where training has them, and say how they came there', async () => {
    const { folder, scene } = await captureOf(12);
    const out = join(folder, 'model.json');
    await writeCameras(scene, 'model', out, folder);
    const again = byImage(await parse(out, asWritten));
    for (const [image, { camera }] of byImage(scene))
      expect(again.get(image)!.camera.cameraToWorld).toBeAllClose([...camera.cameraToWorld], { atol: 1e-12 });
    const { frame, worldToModel } = JSON.parse(readFileSync(out, 'utf8'));
    expect(frame).toBe('model');
    // model = scale * (transform * world), by the data set's own numbers.
    const world = turnedPose(0).map((row) => row[3]!);
    const model = (worldToModel.transform as number[][]).map(
      (row) => worldToModel.scale * row.reduce((sum, value, k) => sum + value * world[k]!, 0),
    );
    const first = byImage(scene).get(join(folder, 'images/00.png'))!.camera.cameraToWorld;
    expect(model).toBeAllClose([first[3]!, first[7]!, first[11]!], { atol: 1e-12 });
  });

  it('give photos of several lenses their own, and masks', async () => {
    const { folder } = await captureOf(10);
    const transforms = JSON.parse(readFileSync(join(folder, 'transforms.json'), 'utf8'));
    Object.assign(transforms.frames[1], {
      camera_model: 'OPENCV_FISHEYE',
      k1: 0.1,
      k2: -0.02,
      mask_path: 'mask.png',
    });
    Object.assign(transforms.frames[2], { camera_model: 'FOV', omega: 0.7 });
    writeTransforms(folder, transforms);
    await writeImage(join(folder, 'mask.png'));
    const scene = await parse(folder);
    const out = join(folder, 'out.json');
    await writeCameras(scene, 'world', out, folder);
    const again = byImage(await parse(out));
    for (const [image, { camera, mask }] of byImage(scene)) {
      expect({ ...again.get(image)!.camera, cameraToWorld: [] }).toEqual({ ...camera, cameraToWorld: [] });
      expect(again.get(image)!.mask).toEqual(mask);
    }
  });

  it('of photos that both train and are held out list no split', async () => {
    const { folder } = await captureOf(10);
    const out = join(folder, 'out.json');
    await writeCameras(await parse(folder, { split: 'all' }), 'world', out, folder);
    expect(JSON.parse(readFileSync(out, 'utf8'))).not.toHaveProperty('train_filenames');
    expect((await parse(out)).train).toHaveLength(9);
  });
});

describe('cameras as COLMAP writes them', () => {
  /** Poses to 1e-12, and the same direction for every pixel. */
  function expectSame(again: Camera, camera: Camera): void {
    expect(again.cameraToWorld).toBeAllClose([...camera.cameraToWorld], { atol: 1e-12 });
    expect(cameraDirections(again)).toBeAllClose(cameraDirections(camera), { atol: 1e-6 });
  }

  it.each([
    ['PINHOLE', {}, 'PINHOLE 8 6 10 11 4 3'],
    ['OPENCV', { k1: 0.1, k2: -0.01, p1: 0.002, p2: 0.001 }, 'OPENCV 8 6 10 11 4 3 0.1 -0.01 0.002 0.001'],
    ['OPENCV with k3', { k1: 0.1, k3: 0.02 }, 'FULL_OPENCV 8 6 10 11 4 3 0.1 0 0 0 0.02 0 0 0'],
    [
      'fisheye',
      { camera_model: 'OPENCV_FISHEYE', k1: 0.1, k4: 0.01 },
      'OPENCV_FISHEYE 8 6 10 11 4 3 0.1 0 0 0.01',
    ],
    [
      'tangential fisheye',
      { camera_model: 'OPENCV_FISHEYE', k1: 0.1, p1: 0.01 },
      'THIN_PRISM_FISHEYE 8 6 10 11 4 3 0.1 0 0.01 0 0 0 0 0',
    ],
    ['FOV', { camera_model: 'FOV', omega: 0.9 }, 'FOV 8 6 10 11 4 3 0.9'],
    ['panorama', { camera_model: 'EQUIRECTANGULAR', fl_x: 4, fl_y: 6 }, 'EQUIRECTANGULAR 8 6 8 6'],
  ])('[EX1] %s: are read again as they were', async (_, lens, line) => {
    const { folder, scene } = await captureOf(10, lens);
    const out = join(folder, 'sparse', '0');
    expect(await writeCameras(scene, 'world', out, folder)).toBe(10);
    expect(readFileSync(join(out, 'cameras.txt'), 'utf8').trim().split('\n').slice(1)).toEqual([`1 ${line}`]);
    const again = byImage(await parse(folder, { parser: 'colmap', ...asWritten }));
    for (const [image, { camera }] of byImage(await parse(folder, asWritten)))
      expectSame(again.get(image)!.camera, camera);
  });

  it('come with the points of the data set, and the names of photos beside them', async () => {
    const { folder } = await captureOf(10);
    const transforms = JSON.parse(readFileSync(join(folder, 'transforms.json'), 'utf8'));
    writeTransforms(folder, { ...transforms, ply_file_path: 'points.ply' });
    const header = 'ply\nformat ascii 1.0\nelement vertex 2\n';
    const properties = ['x', 'y', 'z'].map((name) => `property float ${name}\n`).join('');
    writeTransforms(folder, `${header}${properties}end_header\n1 2 3\n-4 5.5 6\n`, 'points.ply');
    await writeCameras(await parse(folder), 'world', join(folder, 'sparse'), folder);
    const lines = readFileSync(join(folder, 'sparse', 'points3D.txt'), 'utf8')
      .trim()
      .split('\n')
      .slice(1);
    const points = lines.map((text) => text.split(' ').map(Number));
    expect(points.map((numbers) => numbers.slice(4))).toEqual([
      [128, 128, 128, 0],
      [128, 128, 128, 0],
    ]);
    expect(points.flatMap((numbers) => numbers.slice(1, 4))).toBeAllClose([1, 2, 3, -4, 5.5, 6], {
      atol: 1e-5,
    });
    const images = readFileSync(join(folder, 'sparse', 'images.txt'), 'utf8');
    expect(images.split('\n')[1]!.split(' ').at(-1)).toBe('00.png');
    expect(JSON.parse(readFileSync(join(folder, 'sparse', 'frame.json'), 'utf8')).frame).toBe('world');
  });

  it('say in one line that COLMAP has no such lens', async () => {
    const { folder, scene } = await captureOf(10, { k4: 0.1 });
    await expect(writeCameras(scene, 'world', join(folder, 'sparse'), folder)).rejects.toThrow(
      /00\.png: COLMAP has no camera model for its lens .* Write a \.json file instead\./,
    );
  });
});
