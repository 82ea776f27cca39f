/** PSNR and SSIM against torchmetrics: every case of image-metrics.json. */
import { expect, it } from 'vitest';
import { psnr, ssim } from '../../src/losses/imageMetrics.ts';
import { type ReferenceTensor, readReference } from '../support/referenceDir.ts';

interface ImageCase {
  readonly image: ReferenceTensor;
  readonly other: ReferenceTensor;
  readonly psnr: number;
  readonly ssim: number;
}

it('golden values of image-metrics.json', () => {
  const { cases } = readReference<{ cases: readonly ImageCase[] }>('image-metrics.json');
  for (const { image, other, ...expected } of cases) {
    const unknown = Object.keys(expected).filter((key) => key !== 'psnr' && key !== 'ssim');
    expect(unknown, 'metrics that are not checked here').toEqual([]);
    const [height, width, channels] = image.shape as [number, number, number];
    expect(Math.abs(psnr(image.data, other.data) - expected.psnr)).toBeLessThanOrEqual(1e-4);
    const similarity = ssim(image.data, other.data, width, height, channels);
    expect(Math.abs(similarity - expected.ssim)).toBeLessThanOrEqual(1e-4);
  }
  expect(cases.length).toBeGreaterThan(0);
  console.log(`image-metrics.json: ${cases.length} cases checked`);
});
