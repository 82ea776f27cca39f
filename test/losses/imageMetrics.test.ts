import { describe, expect, it } from 'vitest';
import { mse, psnr, ssim } from '../../src/losses/imageMetrics.ts';

/** A smooth picture with values in 0..1. */
function picture(width: number, height: number, channels: number, shift = 0): Float32Array {
  return Float32Array.from({ length: width * height * channels }, (_, index) => {
    const pixel = Math.floor(index / channels);
    return 0.5 + 0.4 * Math.sin((pixel % width) / 5 + shift) * Math.cos(Math.floor(pixel / width) / 7);
  });
}

describe('mse and psnr', () => {
  it('give hand-computed values', () => {
    expect(mse([0, 0.5, 1], [0.1, 0.5, 0.8])).toBeCloseTo((0.01 + 0.04) / 3, 12);
    expect(psnr([0, 0, 0, 0], [0.1, 0.1, 0.1, 0.1])).toBeCloseTo(20, 10);
    expect(psnr([0.3], [0.3])).toBe(Number.POSITIVE_INFINITY);
  });

  it('refuse images of different size', () => {
    expect(() => mse([1, 2], [1])).toThrow(RangeError);
  });
});

describe('ssim', () => {
  it('is 1 for equal images and less for others, the same both ways', () => {
    const a = picture(30, 20, 3);
    const b = picture(30, 20, 3, 0.4);
    expect(ssim(a, a, 30, 20, 3)).toBeCloseTo(1, 12);
    expect(ssim(a, b, 30, 20, 3)).toBeLessThan(0.999);
    expect(ssim(a, b, 30, 20, 3)).toBeCloseTo(ssim(b, a, 30, 20, 3), 12);
  });

  it('of two constant images is the luminance term alone', () => {
    const [x, y] = [0.2, 0.6];
    const expected = (2 * x * y + 1e-4) / (x * x + y * y + 1e-4);
    const constant = (value: number) => new Array<number>(12 * 15).fill(value);
    expect(ssim(constant(x), constant(y), 12, 15, 1)).toBeCloseTo(expected, 10);
  });

  it('is the formula over the weighted window, mirrored at the borders', () => {
    const [width, height] = [9, 7];
    const a = picture(width, height, 1);
    const b = picture(width, height, 1, 1);
    const mirror = (index: number, length: number) =>
      index < 0 ? -index : index < length ? index : 2 * (length - 1) - index;
    let sum = 0;
    for (let row = 0; row < height; row++)
      for (let column = 0; column < width; column++) {
        let [total, ma, mb, aa, bb, ab] = [0, 0, 0, 0, 0, 0];
        for (let dy = -5; dy <= 5; dy++)
          for (let dx = -5; dx <= 5; dx++) {
            const weight = Math.exp(-(dx * dx + dy * dy) / (2 * 1.5 ** 2));
            const index = mirror(row + dy, height) * width + mirror(column + dx, width);
            const [x, y] = [a[index]!, b[index]!];
            total += weight;
            ma += weight * x;
            mb += weight * y;
            aa += weight * x * x;
            bb += weight * y * y;
            ab += weight * x * y;
          }
        [ma, mb, aa, bb, ab] = [ma / total, mb / total, aa / total, bb / total, ab / total];
        sum +=
          ((2 * ma * mb + 1e-4) * (2 * (ab - ma * mb) + 9e-4)) /
          ((ma * ma + mb * mb + 1e-4) * (aa - ma * ma + bb - mb * mb + 9e-4));
      }
    expect(ssim(a, b, width, height, 1)).toBeCloseTo(sum / (width * height), 10);
  });

  it('is NaN where the image is too small to mirror, and refuses a wrong shape', () => {
    expect(ssim(picture(5, 40, 1), picture(5, 40, 1), 5, 40, 1)).toBeNaN();
    expect(() => ssim(picture(20, 20, 1), picture(20, 20, 1), 20, 21, 1)).toThrow(RangeError);
  });
});
