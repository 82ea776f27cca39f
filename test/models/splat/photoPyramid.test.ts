import { describe, expect, it } from 'vitest';
import { photosInMemory } from '../../../src/data/photos.ts';
import { createPhotoPyramid, isMasked } from '../../../src/models/splat/photoPyramid.ts';
import { withKernels } from '../../support/kernelPools.ts';

describe('createPhotoPyramid', () => {
  it('[DA8] marks masked pixels on every level, one of which hides the coarser pixel above it', async () => {
    const [width, height] = [8, 4];
    const data = new Uint8Array(width * height * 4).fill(255);
    // White and transparent, which is no mask.
    for (let pixel = 16; pixel < 32; pixel++) data[pixel * 4 + 3] = 0;
    const mask = new Uint8Array(width * height).fill(1);
    mask[9] = 0;
    mask[7] = 0;
    await withKernels({}, (kernels) => {
      const pyramid = createPhotoPyramid(
        kernels,
        photosInMemory([
          { width, height, channels: 4, data, mask },
          { width, height, channels: 4, data },
        ]),
      );
      const hidden = (photo: number, level: number) => {
        const pixels = pyramid.pixelsOf(photo, level);
        return Array.from({ length: pixels.length / 4 }, (_, pixel) => pixel).filter((pixel) =>
          isMasked(pixels, pixel * 4),
        );
      };
      expect([0, 1, 2].map((level) => hidden(0, level))).toEqual([
        [7, 9],
        [0, 3],
        [0, 1],
      ]);
      expect([0, 1, 2].map((level) => hidden(1, level))).toEqual([[], [], []]);
      expect(pyramid.countedShare(0, 0)).toBe(30 / 32);
      expect(pyramid.countedShare(0, 1)).toBe(6 / 8);
      expect(pyramid.countedShare(1, 0)).toBe(1);
      pyramid.dispose();
    });
  });
});
