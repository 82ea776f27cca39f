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

  it('[DA8] count only pixels that are not masked', () => {
    const [a, b] = [
      [0.5, 0.5, 0, 0, 0.2, 0.4],
      [0.5, 0.6, 1, 1, 0.4, 0.4],
    ];
    expect(mse(a, b, [1, 0, 1])).toBeCloseTo((0.01 + 0.04) / 4, 12);
    expect(psnr(a, b, [255, 0, 0])).toBeCloseTo(-10 * Math.log10(0.01 / 2), 10);
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

  it('[DA8] does not see what is masked, and means over the rest', () => {
    const [a, b] = [picture(30, 20, 3), picture(30, 20, 3, 0.4)];
    const mask = Uint8Array.from({ length: 600 }, (_, pixel) => (pixel % 30 < 15 ? 1 : 0));
    const other = a.map((value, index) => (mask[Math.floor(index / 3)] === 0 ? 1 - value : value));
    expect(ssim(other, b, 30, 20, 3, mask)).toBe(ssim(a, b, 30, 20, 3, mask));
    expect(ssim(a, a, 30, 20, 3, mask)).toBeCloseTo(1, 12);
    expect(ssim(a, b, 30, 20, 3, mask.fill(1))).toBe(ssim(a, b, 30, 20, 3));
    // One pixel that counts in a masked picture of constants: the luminance term, its window weighted by the Gaussian at its middle.
    const [x, y] = [0.2, 0.6];
    const only = mask.fill(0);
    only[10 * 30 + 15] = 1;
    const constant = (value: number) => new Array<number>(600).fill(value);
    const gauss = Array.from({ length: 11 }, (_, index) => Math.exp(-((index - 5) ** 2) / 4.5));
    const w = (gauss[5]! / gauss.reduce((sum, value) => sum + value)) ** 2;
    const meanA = w * x + (1 - w) * y;
    const varianceA = w * x * x + (1 - w) * y * y - meanA ** 2;
    const expected = ((2 * meanA * y + 1e-4) * 9e-4) / ((meanA ** 2 + y ** 2 + 1e-4) * (varianceA + 9e-4));
    expect(ssim(constant(x), constant(y), 30, 20, 1, only)).toBeCloseTo(expected, 9);
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

  it('[RE3] is what scikit-image 0.26 says of images whose borders are mirrored first', () => {
    // structural_similarity(np.pad(a, 5, 'reflect'), np.pad(b, 5, 'reflect'), data_range=1, gaussian_weights=True, sigma=1.5, use_sample_covariance=False)
    const a = picture(30, 20, 1);
    expect(ssim(a, picture(30, 20, 1, 0.4), 30, 20, 1)).toBeCloseTo(0.8825251830947745, 10);
    const negative = a.map((value) => 1 - value);
    expect(ssim(a, negative, 30, 20, 1)).toBeCloseTo(-0.610991346519264, 6);
  });

  it('is NaN where the image is too small to mirror, and refuses a wrong shape', () => {
    expect(ssim(picture(5, 40, 1), picture(5, 40, 1), 5, 40, 1)).toBeNaN();
    expect(() => ssim(picture(20, 20, 1), picture(20, 20, 1), 20, 21, 1)).toThrow(RangeError);
  });
});
