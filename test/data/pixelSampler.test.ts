import { describe, expect, it } from 'vitest';
import { createPixelSamples, pixelPool, samplePixels } from '../../src/data/pixelSampler.ts';

const images = [
  { width: 10, height: 3 },
  { width: 1, height: 1 },
  { width: 7, height: 20 },
];

describe('samplePixels', () => {
  it('draws every pixel of images of different size equally often', () => {
    const pool = pixelPool(images);
    const { offsets } = pool;
    expect([...offsets]).toEqual([0, 30, 31, 171]);
    const counts = new Float64Array(171);
    const draws = 171 * 400;
    const { imageIndex, pixelIndex } = samplePixels(7, 3, draws, pool);
    for (let index = 0; index < draws; index++) {
      expect(pixelIndex[index]).toBeLessThan(
        images[imageIndex[index]!]!.width * images[imageIndex[index]!]!.height,
      );
      counts[offsets[imageIndex[index]!]! + pixelIndex[index]!]!++;
    }
    // Chi-squared with 170 degrees of freedom: mean 170, standard deviation 18.4.
    const chiSquared = counts.reduce((sum, count) => sum + (count - 400) ** 2 / 400, 0);
    expect(Math.abs(chiSquared - 170)).toBeLessThan(4 * 18.4);
  });

  it('is a function of seed and step, and a longer draw continues a shorter one', () => {
    const pool = pixelPool(images);
    const draw = (seed: number, step: number, count: number) => [
      ...samplePixels(seed, step, count, pool).pixelIndex,
    ];
    expect(draw(1, 2, 50)).toEqual(draw(1, 2, 50));
    expect(draw(1, 2, 80).slice(0, 50)).toEqual(draw(1, 2, 50));
    expect(draw(1, 3, 50)).not.toEqual(draw(1, 2, 50));
    expect(draw(2, 2, 50)).not.toEqual(draw(1, 2, 50));
  });

  it('fills what it is given', () => {
    const samples = createPixelSamples(8);
    samples.pixelIndex.fill(-1);
    expect(samplePixels(1, 1, 5, pixelPool(images), samples)).toBe(samples);
    expect([...samples.pixelIndex.subarray(5)]).toEqual([-1, -1, -1]);
    expect(Math.min(...samples.pixelIndex.subarray(0, 5))).toBeGreaterThanOrEqual(0);
  });

  it('reaches both ends of a very large set', () => {
    const pool = pixelPool(Array.from({ length: 200 }, () => ({ width: 4000, height: 3000 })));
    const { imageIndex, pixelIndex } = samplePixels(5, 1, 20_000, pool);
    expect(Math.min(...imageIndex)).toBe(0);
    expect(Math.max(...imageIndex)).toBe(199);
    // A 24-bit draw could not tell neighbouring pixels of 2.4 billion apart.
    expect(new Set([...pixelIndex].map((pixel) => pixel % 128)).size).toBe(128);
  });

  it('[DA8] never draws a masked pixel, and every other one equally often', () => {
    const mask = new Uint8Array(7 * 20);
    // Whole rows hidden at both ends and in the middle, and single pixels between.
    for (let pixel = 0; pixel < mask.length; pixel++)
      mask[pixel] = [0, 9, 10, 19].includes(Math.floor(pixel / 7)) || pixel % 3 === 0 ? 0 : 1;
    const seen = mask.filter((counts) => counts === 1).length;
    const masked = [images[0]!, { width: 7, height: 20, mask }, { width: 1, height: 1 }];
    const pool = pixelPool(masked);
    expect([...pool.offsets]).toEqual([0, 30, 30 + seen, 31 + seen]);
    const counts = new Float64Array(140);
    const draws = (31 + seen) * 400;
    const { imageIndex, pixelIndex } = samplePixels(7, 3, draws, pool);
    for (let index = 0; index < draws; index++) if (imageIndex[index] === 1) counts[pixelIndex[index]!]!++;
    expect(counts.filter((_, pixel) => mask[pixel] === 0).every((count) => count === 0)).toBe(true);
    const chiSquared = counts
      .filter((_, pixel) => mask[pixel] === 1)
      .reduce((sum, count) => sum + (count - 400) ** 2 / 400, 0);
    // Standard deviation of chi-squared: the root of twice its degrees of freedom.
    expect(Math.abs(chiSquared - (seen - 1))).toBeLessThan(4 * Math.sqrt(2 * seen));
  });
});
