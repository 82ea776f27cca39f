import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parseScene } from '../../src/data/dataparsers/parseScene.ts';
import { downscaleScene } from '../../src/data/downscaleScene.ts';
import { DataError } from '../../src/errors.ts';
import { temporaryFolder } from '../support/temporaryFolder.ts';
import { createDataLog, dataConfig, poseAt, writeImage, writeTransforms } from './dataSet.ts';

interface Written {
  readonly width: number;
  readonly height: number;
  /** Sizes of smaller copies, by folder. */
  readonly copies?: Readonly<Record<string, readonly [number, number]>>;
  /** How many of the photos have them; default: all. */
  readonly copied?: number;
}

const photos = 10;

/** A capture of ten photos with a lens, and copies of them. */
async function writePhotos({ width, height, copies = {}, copied = photos }: Written): Promise<string> {
  const folder = temporaryFolder();
  const names = Array.from({ length: photos }, (_, index) => `images/a/${index}.png`);
  for (const [index, name] of names.entries()) {
    await writeImage(join(folder, name), { width, height });
    if (index < copied)
      for (const [copy, [w, h]] of Object.entries(copies))
        await writeImage(join(folder, name.replace('images', copy)), { width: w, height: h });
  }
  writeTransforms(folder, {
    ...{ w: width, h: height, fl_x: 150.5, fl_y: 149.25, cx: 90.25, cy: 62.75, k1: 0.1, p2: -0.02 },
    frames: names.map((name, index) => ({ file_path: name, transform_matrix: poseAt(index, 0, 1) })),
  });
  return folder;
}

async function downscaled(written: Written, downscale: number) {
  const folder = await writePhotos(written);
  const lines: string[] = [];
  const parsed = await parseScene(dataConfig({ path: folder }), createDataLog());
  const scene = await downscaleScene(parsed, downscale, { info: (_, line) => void lines.push(line) });
  const frames = [...scene.train, ...scene.eval];
  return { folder, scene, lines, frames, cameras: frames.map(({ camera }) => camera) };
}

describe('downscaleScene', () => {
  // Worked out by hand: 199 / 2 = 99.5 becomes 100 pixels, 131 / 2 = 65.5 becomes 66; the ratios are 100/199 and 66/131.
  it('[DA21] scales intrinsics by the true ratio of each side, and leaves lens and pose', async () => {
    const { scene, cameras, frames } = await downscaled({ width: 199, height: 131 }, 2);
    for (const camera of cameras) {
      expect(camera).toMatchObject({ width: 100, height: 66, distortion: [0.1, 0, 0, 0, 0, -0.02] });
      expect([camera.fx, camera.fy, camera.cx, camera.cy]).toBeAllClose(
        [75.62814070351759, 75.19465648854961, 45.35175879396985, 31.614503816793892],
        { rtol: 1e-14, atol: 0 },
      );
    }
    expect(scene.eval).toHaveLength(1);
    expect(frames[0]!.stored).toEqual({ file: frames[0]!.image, width: 199, height: 131 });
  });

  it('[DA21] lets a number above 16 be the longest side', async () => {
    const { cameras } = await downscaled({ width: 131, height: 199 }, 64);
    // 199 / 64 = 3.109375; 131 / 3.109375 = 42.13.
    expect(cameras[0]).toMatchObject({ width: 42, height: 64 });
    expect(cameras[0]!.fx).toBeCloseTo((150.5 * 42) / 131, 12);
    expect(cameras[0]!.fy).toBeCloseTo((149.25 * 64) / 199, 12);
  });

  it('[DA21] takes at most 1,600 pixels by default, and says so in one line', async () => {
    const { downscale } = dataConfig({});
    const large = await downscaled({ width: 2001, height: 40 }, downscale);
    expect(large.cameras[0]).toMatchObject({ width: 1600, height: 32 });
    expect(large.lines).toEqual([
      'photos of 2001 x 40 pixels are made smaller while they are decoded: 1600 x 32, held-out ones too (data.downscale=1 takes them as they are)',
    ]);
    const small = await downscaled({ width: 1600, height: 40 }, downscale);
    expect(small.lines).toEqual([]);
    expect(small.frames.every(({ stored }) => stored === undefined)).toBe(true);
    const asTheyAre = await downscaled({ width: 2001, height: 40 }, 1);
    expect(asTheyAre.cameras[0]).toMatchObject({ width: 2001, height: 40 });
  });

  it.each([0, 0.5, 17, 40, 100.5, -2])('[DA21] refuses data.downscale=%s', (downscale) => {
    expect(() => dataConfig({ downscale })).toThrow(/a factor from 1 .* to 16, or the longest side/);
  });
});

describe('downscaleScene with smaller copies beside the photos', () => {
  const copies = { images_2: [100, 65], images_4: [49, 33] } as const;

  it.each([
    [2, 'images_2'],
    [4, 'images_4'],
    // 199 / 150 = 1.3 and 199 / 64 = 3.1: half and a quarter are the first that are small enough.
    [150, 'images_2'],
    [64, 'images_4'],
  ] as const)('[DA21] reads what fits data.downscale=%s: %s', async (downscale, name) => {
    const { folder, frames, cameras, lines } = await downscaled(
      { width: 199, height: 131, copies },
      downscale,
    );
    const [width, height] = copies[name];
    expect(frames[0]!.image).toBe(join(folder, 'images/a/0.png'));
    expect(frames[0]!.stored).toEqual({ file: join(folder, name, 'a/0.png'), width, height });
    expect(cameras[0]).toMatchObject({ width, height });
    expect(cameras[0]!.fx).toBeCloseTo((150.5 * width) / 199, 12);
    expect(cameras[0]!.cy).toBeCloseTo((62.75 * height) / 131, 12);
    expect(lines[0]).toMatch(new RegExp(`are read from ${name}: ${width} x ${height}`));
  });

  it.each([
    ['another factor', 3, {}],
    ['no such folder', 8, {}],
    ['copies of another size', 2, { copies: { images_2: [103, 65] } }],
    ['photos without a copy', 2, { copied: 9 }],
  ] as const)('[DA21] resizes where there is %s', async (_, downscale, change) => {
    const { frames } = await downscaled({ width: 199, height: 131, copies, ...change }, downscale);
    expect(frames.every(({ stored, image }) => stored!.file === image)).toBe(true);
  });

  it('[DA21] names a copy that is no image', async () => {
    const folder = await writePhotos({ width: 40, height: 20, copies: { images_2: [20, 10] } });
    writeFileSync(join(folder, 'images_2/a/3.png'), 'hello');
    const parsed = await parseScene(dataConfig({ path: folder }), createDataLog());
    const failed = downscaleScene(parsed, 2, { info() {} });
    await expect(failed).rejects.toThrow(DataError);
    await expect(failed).rejects.toThrow(/images_2.a.3\.png: is not a readable image/);
  });
});
