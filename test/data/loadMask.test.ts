import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import sharp, { type Sharp } from 'sharp';
import { describe, expect, it } from 'vitest';
import { loadMask } from '../../src/data/loadMask.ts';
import { DataError } from '../../src/errors.ts';
import { temporaryFolder } from '../support/temporaryFolder.ts';

/** 4 x 2: a left half of 0, then 1 and 255. */
const values = [0, 0, 1, 255, 0, 0, 255, 255];
const grey = () => sharp(Buffer.from(values), { raw: { width: 4, height: 2, channels: 1 } });
const rgba = () =>
  sharp(Buffer.from(values.flatMap((value) => [value, value, value, 0])), {
    raw: { width: 4, height: 2, channels: 4 },
  });

async function written(image: Sharp, name = 'mask.png'): Promise<string> {
  const path = join(temporaryFolder(), name);
  await image.toFile(path);
  return path;
}

describe('loadMask', () => {
  it.each([
    ['grey', grey],
    ['with alpha, which is not looked at', rgba],
    ['16 bits', () => grey().toColourspace('grey16')],
  ])('[DA8] hides black pixels alone: %s', async (_, image) => {
    const path = await written(image().png());
    expect([...(await loadMask({ path, hides: 'black' }, 4, 2))]).toEqual([0, 0, 1, 1, 0, 0, 1, 1]);
    expect([...(await loadMask({ path, hides: 'others' }, 4, 2))]).toEqual([1, 1, 0, 0, 1, 1, 0, 0]);
  });

  it('[DA8] parts a JPEG, which blurs edges, in the middle', async () => {
    const path = await written(
      sharp(Buffer.from([3, 100, 140, 250].flatMap((value) => new Array<number>(16).fill(value))), {
        raw: { width: 1, height: 64, channels: 1 },
      })
        .resize(64, 64, { fit: 'fill', kernel: 'nearest' })
        .jpeg({ quality: 100 }),
      'mask.jpg',
    );
    const mask = await loadMask({ path, hides: 'black' }, 64, 64);
    expect([8, 24, 40, 56].map((row) => mask[row * 64 + 32])).toEqual([0, 0, 1, 1]);
  });

  it('[DA8] brings a mask of another size to the photo, each pixel the nearest', async () => {
    const path = await written(grey().png());
    expect([...(await loadMask({ path, hides: 'black' }, 8, 4))].slice(0, 8)).toEqual([
      0, 0, 0, 0, 1, 1, 1, 1,
    ]);
    expect([...(await loadMask({ path, hides: 'black' }, 2, 1))]).toEqual([0, 1]);
  });

  it.each([
    [
      'of another aspect',
      async () => written(grey().png()),
      4,
      4,
      'the mask is 4 x 2 pixels, its photo 4 x 4',
    ],
    [
      'that hides everything',
      async () => written(sharp({ create: { width: 4, height: 2, channels: 3, background: 'black' } })),
      4,
      2,
      'the mask hides all of its photo',
    ],
    ['that is not there', async () => '/nowhere/mask.png', 4, 2, 'cannot be read (ENOENT)'],
    [
      'that is no image',
      async () => {
        const path = join(temporaryFolder(), 'mask.png');
        writeFileSync(path, 'text');
        return path;
      },
      4,
      2,
      'the mask is not a readable image',
    ],
  ])('refuses a mask %s', async (_, file, width, height, message) => {
    const path = await file();
    const error = await loadMask({ path, hides: 'black' }, width, height).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(DataError);
    expect((error as DataError).message).toContain(`${path}: ${message}`);
    expect((error as DataError).message).not.toContain('\n');
  });
});
