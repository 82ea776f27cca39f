/** Points of depth maps: a wall in front of a camera whose corners are known by hand. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import type { Photo } from '../../../src/data/dataparsers/captureScene.ts';
import { depthPoints } from '../../../src/data/dataparsers/depthPoints.ts';
import { parseScene } from '../../../src/data/dataparsers/parseScene.ts';
import { DataError } from '../../../src/errors.ts';
import { temporaryFolder } from '../../support/temporaryFolder.ts';
import { createDataLog, dataConfig, writeCapture } from '../dataSet.ts';

const [width, height] = [8, 6];
/** Stands at (1, 2, 3) and looks along -x, upright. */
const pose = [0, 0, 1, 1, 0, 1, 0, 2, -1, 0, 0, 3];
const intrinsics = { model: 'OPENCV', width, height, fx: 10, fy: 11, cx: 4, cy: 3 } as const;

/** Each pixel has its own colour; the left half is transparent where `halfTransparent`. */
async function writePhoto(folder: string, halfTransparent = false): Promise<Photo> {
  const image = join(folder, 'photo.png');
  const data = Array.from({ length: width * height }, (_, pixel) => [
    ...[(pixel % width) * 30, Math.floor(pixel / width) * 40, 7],
    halfTransparent && pixel % width < 4 ? 0 : 255,
  ]).flat();
  await sharp(Uint8Array.from(data), { raw: { width, height, channels: 4 } }).toFile(image);
  const header = { width, height, hasAlpha: true, orientation: 1 };
  return { name: 'photo.png', image, header, intrinsics, pose };
}

/** A PNG of 16 bits, as depth cameras write it. */
async function writeDepth(
  file: string,
  columns: number,
  rows: number,
  depthAt: (c: number, r: number) => number,
) {
  const data = Uint16Array.from({ length: columns * rows }, (_, k) =>
    depthAt(k % columns, Math.floor(k / columns)),
  );
  await sharp(data, { raw: { width: columns, height: rows, channels: 1 } })
    .toColourspace('grey16')
    .png()
    .toFile(file);
  expect(await sharp(file).metadata()).toMatchObject({ depth: 'ushort', channels: 1 });
  return file;
}

/** Where the photo's point (x, y), in pixels, lies on a wall 4 before the camera. */
const onWall = (x: number, y: number) => [1 - 4, 2 - (4 * (y - 3)) / 11, 3 - (4 * (x - 4)) / 10];

describe('points of depth maps', () => {
  it('lie where the depth along the axis says, in the colours of the photo', async () => {
    const folder = temporaryFolder();
    const photo = await writePhoto(folder);
    const depth = await writeDepth(join(folder, 'depth.png'), width, height, () => 4000);
    const { positions, colors } = await depthPoints([{ photo, depth }], 0.001);
    const pixels = Array.from({ length: 48 }, (_, k) => [k % 8, Math.floor(k / 8)] as const);
    expect(positions).toBeAllClose(pixels.flatMap(([c, r]) => onWall(c + 0.5, r + 0.5)));
    expect([...colors]).toEqual(pixels.flatMap(([c, r]) => [c * 30, r * 40, 7]));
  });

  it('may have fewer pixels than the photo, and other units', async () => {
    const folder = temporaryFolder();
    const photo = await writePhoto(folder);
    const depth = await writeDepth(join(folder, 'depth.png'), 4, 3, () => 8);
    const { positions } = await depthPoints([{ photo, depth }], 0.5);
    const pixels = Array.from({ length: 12 }, (_, k) => [k % 4, Math.floor(k / 4)] as const);
    expect(positions).toBeAllClose(pixels.flatMap(([c, r]) => onWall(2 * c + 1, 2 * r + 1)));
  });

  it('are there where all about a pixel is known and no edge, nothing is masked, and the photo is opaque', async () => {
    const folder = temporaryFolder();
    const photo = await writePhoto(folder, true);
    const mask = join(folder, 'mask.png');
    // Hides the last row.
    const shown = Uint8Array.from({ length: 48 }, (_, k) => (k >= 40 ? 0 : 255));
    await sharp(shown, { raw: { width, height, channels: 1 } }).toFile(mask);
    // Unknown at the upper right corner; a step of a tenth between the last columns from row 3 on, and one of a fiftieth elsewhere.
    const depth = await writeDepth(join(folder, 'depth.png'), width, height, (c, r) =>
      c === 7 && r === 0 ? 0 : c === 7 && r >= 3 ? 4400 : r === 2 ? 4080 : 4000,
    );
    const { colors } = await depthPoints(
      [{ photo: { ...photo, mask: { path: mask, hides: 'black' } }, depth }],
      0.001,
    );
    const found = Array.from(
      { length: colors.length / 3 },
      (_, k) => `${colors[k * 3]! / 30} ${colors[k * 3 + 1]! / 40}`,
    );
    expect(found).toEqual([
      ...['4 0', '5 0'],
      ...['4 1', '5 1', '6 1'],
      ...['4 2', '5 2', '6 2'],
      ...['4 3', '5 3'],
      ...['4 4', '5 4'],
    ]);
  });

  it('come from what NumPy has saved as well', async () => {
    const folder = temporaryFolder();
    const photo = await writePhoto(folder);
    const header = "{'descr': '<f4', 'fortran_order': False, 'shape': (6, 8), }".padEnd(117);
    const depths = Float32Array.from({ length: 48 }, (_, k) => (k === 0 ? Number.NaN : 4));
    const depth = join(folder, 'depth.npy');
    const beginning = Buffer.from(`\x93NUMPY\x01\x00\x76\x00${header}\n`, 'latin1');
    writeFileSync(depth, Buffer.concat([beginning, Buffer.from(depths.buffer)]));
    const { positions } = await depthPoints([{ photo, depth }], 1);
    // The first pixel is unknown, its two neighbours could be its edge.
    expect(positions).toHaveLength(45 * 3);
    expect(positions.subarray(0, 3)).toBeAllClose(onWall(2.5, 0.5));
  });

  it('refuse what is no depth map of the photo, in one line', async () => {
    const folder = temporaryFolder();
    const photo = await writePhoto(folder);
    const failure = (depth: string) =>
      depthPoints([{ photo, depth }], 1).then(
        () => 'read',
        (error: unknown) => {
          expect(error).toBeInstanceOf(DataError);
          return (error as Error).message;
        },
      );
    expect(await failure(photo.image)).toBe(
      `${photo.image}: the depth map has 4 channels of uchar, not one of 16 bits. Save it as a PNG of 16 bits, or remove it.`,
    );
    const square = await writeDepth(join(folder, 'square.png'), 6, 6, () => 1);
    expect(await failure(square)).toMatch(/6 x 6 pixels, its photo 8 x 6, another aspect/);
    const text = join(folder, 'text.png');
    writeFileSync(text, 'depth');
    expect(await failure(text)).toMatch(/the depth map is not a readable image/);
  });
});

describe('depth maps of a transforms.json', () => {
  // biome-ignore lint/suspicious/noExplicitAny: tests change the file in every way.
  async function read(change: (transforms: any, folder: string) => void) {
    const folder = temporaryFolder();
    const depth = await writeDepth(join(folder, 'd.png'), 8, 6, () => 3000);
    await writeCapture(folder, 10, (transforms) => change(transforms, folder));
    const log = createDataLog();
    const settings = { orientation: 'none', center: 'none', autoScale: false, scale: 2 } as const;
    const scene = await parseScene(dataConfig({ path: folder, ...settings }), log);
    const name = (text: string) => text.replaceAll(folder, '.');
    return { points: scene.points, warnings: log.warnings.map(name), depth };
  }

  it('[DA26] give the points of the scene, millimetres unless the file says otherwise', async () => {
    const millimetres = await read((transforms) => {
      transforms.frames[0].depth_file_path = 'd.png';
    });
    expect(millimetres.warnings).toEqual([]);
    // The camera stands at z = 2 and looks down; the scene is twice as large.
    expect(millimetres.points!.positions).toHaveLength(48 * 3);
    for (let k = 0; k < 48; k++) expect(millimetres.points!.positions[k * 3 + 2]).toBeCloseTo(2 * (2 - 3), 5);
    const given = await read((transforms) => {
      transforms.integer_depth_scale = 0.002;
      transforms.frames[0].depth_path = 'd.png';
    });
    expect(given.points!.positions[2]).toBeCloseTo(2 * (2 - 6), 5);
  });

  it('[DA26] are warned of where they are missing, or no depth maps; nothing else changes', async () => {
    const missing = await read((transforms) => {
      transforms.frames[0].depth_file_path = 'd.png';
      transforms.frames[1].depth_file_path = 'e.png';
    });
    expect(missing.points!.positions).toHaveLength(48 * 3);
    expect(missing.warnings).toEqual([
      './transforms.json: 1 depth maps do not exist (the first would be ./e.png).',
    ]);
    const broken = await read((transforms) => {
      transforms.frames[1].depth_file_path = 'images/00.png';
    });
    expect(broken.points).toBeUndefined();
    expect(broken.warnings).toEqual([
      expect.stringMatching(
        /^\.\/images\/00\.png: the depth map has 3 channels.* Depth maps are not used\.$/,
      ),
    ]);
  });
});
