/** Compares renders of held-out views with their photos, where no mask hides these. */
import { backgroundColors, compositeOver, toRgbImage } from '../data/compositeOver.ts';
import type { Photos } from '../data/photos.ts';
import type { Frame } from '../data/scene.ts';
import { createSsim, psnr, type Ssim } from '../losses/imageMetrics.ts';
import type { ImageEvaluation, RgbImage } from './pipeline.ts';

export interface ImageComparison {
  /** PSNR in dB of held-out image `index`. @param render [height, width, 3], 0..1 */
  psnr(index: number, render: Float32Array): number;
  /** PSNR, SSIM and speed. @param seconds that rendering took */
  evaluation(index: number, render: Float32Array, seconds: number): ImageEvaluation;
}

/** @param background what transparent pixels are composited over */
export function createImageComparison(
  frames: readonly Frame[],
  photos: Photos,
  background: 'white' | 'black',
): ImageComparison {
  const ssim = createSsim();
  const targetOf = (index: number) => compositeOver(photos.read(index), backgroundColors[background]);
  return {
    psnr: (index, render) => psnr(render, targetOf(index), photos.sizes[index]!.mask),
    evaluation(index, render, seconds) {
      const { width, height, mask } = photos.sizes[index]!;
      const target = targetOf(index);
      const picture = toRgbImage(render, width, height);
      return {
        name: frames[index]!.name,
        render: picture,
        target: toRgbImage(target, width, height),
        metrics: {
          ...pictureMetrics(picture, target, mask, ssim),
          rays_per_second: (width * height) / seconds,
        },
      };
    },
  };
}

/**
 * PSNR in dB and SSIM of a render as it is written, in 8 bits: whoever compares the files finds the same.
 * @param target the photo over the background, [height, width, 3] in 0..1
 * @param mask as in `Image`
 */
export function pictureMetrics(
  { width, height, data }: RgbImage,
  target: Float32Array,
  mask: Uint8Array | undefined,
  ssim: Ssim,
): { readonly psnr: number; readonly ssim: number } {
  const render = new Float32Array(data.length);
  for (let index = 0; index < render.length; index++) render[index] = data[index]! / 255;
  return { psnr: psnr(render, target, mask), ssim: ssim(render, target, width, height, 3, mask) };
}
