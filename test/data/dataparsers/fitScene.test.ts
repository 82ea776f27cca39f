/** What photos say of a scene: generated pictures, and the cases of `../shared/cases` where they are there. */
import { existsSync, mkdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { backdropOf, samplePhoto } from '../../../src/data/backdrop.ts';
import { fitScene, lookAtPhotos } from '../../../src/data/dataparsers/fitScene.ts';
import { parseScene } from '../../../src/data/dataparsers/parseScene.ts';
import type { Scene } from '../../../src/data/scene.ts';
import { dataDir } from '../../support/dataDir.ts';
import { temporaryFolder } from '../../support/temporaryFolder.ts';
import { createDataLog, dataConfig, writeTransforms } from '../dataSet.ts';

type Pixel = readonly number[];

/** A picture of `border` all around and `inside` elsewhere. */
function picture(border: Pixel, inside: Pixel) {
  const [width, height, channels] = [12, 10, border.length as 3 | 4];
  const data = new Uint8Array(width * height * channels);
  for (let pixel = 0; pixel < width * height; pixel++) {
    const [row, column] = [Math.floor(pixel / width), pixel % width];
    const outer = row === 0 || column === 0 || row === height - 1 || column === width - 1;
    data.set(outer ? border : inside, pixel * channels);
  }
  return { width, height, channels, data };
}

/**
 * Twelve views of 32 x 32 of the world's origin from 8 units, fl 32, as `file` has them; what lies within `radius` pixels of their middle is
 * `inside`, the rest `outside(row, column)`. A disk of 8 pixels is a ball of about 8 * sin(atan(8 / 32)) = 1.94 units.
 */
async function writeRing(
  file: string,
  radius: number,
  inside: Pixel,
  outside: (row: number, column: number) => Pixel,
) {
  const folder = temporaryFolder();
  const frames = [];
  mkdirSync(join(folder, 'images'));
  for (let index = 0; index < 12; index++) {
    const [cos, sin] = [Math.cos((Math.PI * index) / 6), Math.sin((Math.PI * index) / 6)];
    const matrix = [
      [-sin, 0, cos, 8 * cos],
      [cos, 0, sin, 8 * sin],
      [0, 1, 0, 0],
      [0, 0, 0, 1],
    ];
    const channels = inside.length as 3 | 4;
    const data = Buffer.alloc(32 * 32 * channels);
    for (let row = 0; row < 32; row++)
      for (let column = 0; column < 32; column++) {
        const isInside = Math.hypot(row - 15.5, column - 15.5) < radius;
        data.set(isInside ? inside : outside(row, column), (row * 32 + column) * channels);
      }
    await sharp(data, { raw: { width: 32, height: 32, channels } }).toFile(
      join(folder, `images/${index}.png`),
    );
    frames.push({ file_path: `images/${index}.png`, transform_matrix: matrix });
  }
  writeTransforms(folder, { fl_x: 32, w: 32, h: 32, frames }, file);
  return folder;
}

const sceneIn = (path: string, data = {}) => parseScene(dataConfig({ path, ...data }), createDataLog());
const red = [200, 30, 30];
const textured = (row: number, column: number) => [row * 7, column * 7, 128];

describe('backdropOf', () => {
  it.each([
    ['white', [picture([255, 252, 254], red)]],
    ['white', [picture([255, 255, 255, 255], [9, 9, 9, 255])]],
    ['black', [picture([3, 0, 1], red)]],
    ['plain', [picture([90, 120, 60], red)]],
    ['surroundings', [picture([255, 255, 255], red), picture([0, 0, 0], red)]],
    ['transparent', [picture([0, 0, 0, 0], [9, 9, 9, 255])]],
    ['unknown', [picture([0, 0, 0, 255], [9, 9, 9, 254])]],
  ] as const)('%s', (expected, photos) => {
    expect(backdropOf(photos.map(samplePhoto))).toBe(expected);
  });
});

describe('a scene in the blender format', () => {
  const file = 'transforms_train.json';

  it('[DA25] opaque photos of more than one colour: it goes on beyond the box, upright as it is', async () => {
    const scene = await sceneIn(await writeRing(file, 8, red, textured));
    expect(scene).toMatchObject({ bounded: false, aabb: [-1, -1, -1, 1, 1, 1] });
    expect(scene.placement).toContain('surroundings');
    const { transform, scale } = scene.worldToModel;
    expect(scale).toBeCloseTo(1 / (1.2 * 8), 9);
    expect(transform).toBeAllClose([1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0], { atol: 1e-9 });
    const first = scene.train[0]!.camera.cameraToWorld;
    expect([first[3], first[7], first[11]]).toBeAllClose([1 / 1.2, 0, 0], { atol: 1e-9 });
  });

  it('[DA25] points of such a scene stay where the cameras see them', async () => {
    const folder = await writeRing('transforms_train.json', 16, red, textured);
    const bounded = await sceneIn(folder, { center: 'focus' });
    expect(bounded.bounded).toBe(true);
    const points = { positions: Float32Array.of(0.5, -1, 2), colors: Uint8Array.of(1, 2, 3) };
    const moved = fitScene({ ...bounded, points }, dataConfig({ path: folder }), await lookAtPhotos(bounded));
    expect(moved.bounded).toBe(false);
    const inCamera = (scene: Scene, [x, y, z]: ArrayLike<number> & Iterable<number>) => {
      const m = scene.train[3]!.camera.cameraToWorld;
      const offset = [x! - m[3]!, y! - m[7]!, z! - m[11]!];
      const seen = [0, 1, 2].map((k) => m[k]! * offset[0]! + m[4 + k]! * offset[1]! + m[8 + k]! * offset[2]!);
      return [seen[0]! / seen[2]!, seen[1]! / seen[2]!];
    };
    expect(inCamera(moved, moved.points!.positions)).toBeAllClose(inCamera(bounded, points.positions), {
      atol: 1e-5,
    });
  });

  it('[DA25] opaque photos over white: bounded, and white is the background', async () => {
    const scene = await sceneIn(await writeRing(file, 4, red, () => [255, 255, 255]));
    expect(scene).toMatchObject({
      bounded: true,
      background: 'white',
      aabb: [-1.5, -1.5, -1.5, 1.5, 1.5, 1.5],
    });
  });

  it('[DA25] what is cut out and larger than the box: the box holds it', async () => {
    const scene = await sceneIn(await writeRing(file, 8, [...red, 255], () => [0, 0, 0, 0]));
    expect(scene.bounded).toBe(true);
    expect(scene.background).toBeUndefined();
    // A ball of 1.94 units and what is added, about the origin.
    expect(scene.aabb.slice(3)).toBeAllClose([2.2, 2.2, 2.2], { atol: 0.15 });
    expect(scene.aabb.slice(0, 3)).toBeAllClose(
      scene.aabb.slice(3).map((value) => -value),
      { atol: 1e-6 },
    );
  });

  it('[DA25] what is cut out and lies in the box: as it is', async () => {
    const scene = await sceneIn(await writeRing(file, 4, [...red, 255], () => [0, 0, 0, 0]));
    expect(scene).toMatchObject({ bounded: true, aabb: [-1.5, -1.5, -1.5, 1.5, 1.5, 1.5] });
    expect(scene.placement).toBeUndefined();
  });

  it('[DA25] a centre that is given leaves it as it is', async () => {
    const folder = await writeRing(file, 8, red, textured);
    expect(await sceneIn(folder, { center: 'none' })).toMatchObject({ bounded: true });
  });
});

describe('a capture', () => {
  const file = 'transforms.json';

  it('[DA25] whose object is cut out is bounded by what its photos show', async () => {
    const scene = await sceneIn(await writeRing(file, 8, [...red, 255], () => [0, 0, 0, 0]));
    expect(scene.bounded).toBe(true);
    expect(scene.aabb[3]! / scene.worldToModel.scale).toBeGreaterThan(1.94);
    expect(scene.aabb[3]! / scene.worldToModel.scale).toBeLessThan(2.4);
  });

  it('[DA25] with surroundings goes on beyond its box', async () => {
    const scene = await sceneIn(await writeRing(file, 8, red, textured));
    expect(scene).toMatchObject({ bounded: false, aabb: [-1, -1, -1, 1, 1, 1] });
    expect(scene.background).toBeUndefined();
  });
});

const cases = resolve(dataDir, '../cases');

describe.skipIf(!existsSync(cases))('cases that people reported', () => {
  it('[DA25] blender-real-surroundings is not cut off', async () => {
    const scene = await sceneIn(join(cases, 'blender-real-surroundings'));
    expect(scene.bounded).toBe(true);
    expect(scene.aabb[3]!).toBeGreaterThan(2.5);
  });

  it('[DA20] nadir: the origin is the mean of the cameras', async () => {
    expect((await sceneIn(join(cases, 'nadir'))).placement).toContain('center poses');
  });

  it('[DA20] ring-few-views: the origin is the object', async () => {
    expect((await sceneIn(join(cases, 'ring-few-views'))).placement).toContain('center focus');
  });
});
