/** What an evaluation says of a picture, against scikit-image 0.26.0 on the same bytes. */
import { describe, expect, it } from 'vitest';
import { createSsim } from '../../src/losses/imageMetrics.ts';
import { pictureMetrics } from '../../src/pipeline/createImageComparison.ts';

const [width, height] = [48, 40];
/** [height, width, 3], by a formula of column, row and channel. */
const pictureOf = (value: (x: number, y: number, c: number) => number) =>
  Uint8Array.from({ length: width * height * 3 }, (_, k) => {
    const pixel = Math.floor(k / 3);
    return value(pixel % width, Math.floor(pixel / width), k % 3);
  });
const a = (x: number, y: number, c: number) => Math.floor(128 + 100 * Math.sin(x / 7 + c) * Math.cos(y / 9));
const isNoisy = (x: number, y: number) => x >= 12 && x < 36 && y >= 12 && y < 28;
const b = (x: number, y: number, c: number) =>
  isNoisy(x, y) ? Math.min(255, Math.max(0, a(x, y, c) + ((x * 7 + y * 11 + c * 13) % 32) - 16)) : a(x, y, c);

describe('pictureMetrics', () => {
  it('[RE3] has the PSNR and SSIM of scikit-image', () => {
    const target = Float32Array.from(pictureOf(a), (value) => value / 255);
    const render = { width, height, data: pictureOf(b) };
    const { psnr, ssim } = pictureMetrics(render, target, undefined, createSsim());
    // peak_signal_noise_ratio(a, b, data_range=1)
    expect(psnr).toBeCloseTo(35.80084250475756, 4);
    // structural_similarity(a, b, gaussian_weights=True, sigma=1.5, use_sample_covariance=False, data_range=1, channel_axis=2,
    // full=True)[1].mean(): of all pixels, where its first answer leaves out the five next to the border.
    expect(ssim).toBeCloseTo(0.9566668075082747, 6);
  });
});
