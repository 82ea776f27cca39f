/** Compares renders of held-out views with their photos, where no mask hides these. */
import { backgroundColors, compositeOver, toRgbImage } from '../data/compositeOver.ts';
import type { Photos } from '../data/photos.ts';
import type { Frame } from '../data/scene.ts';
import { createSsim, psnr } from '../losses/imageMetrics.ts';
import type { ImageEvaluation } from './pipeline.ts';

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
      return {
        name: frames[index]!.name,
        render: toRgbImage(render, width, height),
        target: toRgbImage(target, width, height),
        metrics: {
          psnr: psnr(render, target, mask),
          ssim: ssim(render, target, width, height, 3, mask),
          rays_per_second: (width * height) / seconds,
        },
      };
    },
  };
}
