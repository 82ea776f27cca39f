/** Compares a model with photos, view by view. */
import { backgroundColors, compositeOver, toRgbImage } from '../data/compositeOver.ts';
import type { Image } from '../data/image.ts';
import { loadFrameImage } from '../data/images.ts';
import type { Frame } from '../data/scene.ts';
import { createSsim } from '../losses/imageMetrics.ts';
import type { Lpips } from '../losses/lpips.ts';
import { pictureMetrics } from '../pipeline/createImageComparison.ts';
import type { ModelView } from '../pipeline/modelView.ts';
import type { RgbImage } from '../pipeline/pipeline.ts';
import { renderWhole } from './renderWhole.ts';

/** How close a render is to its photo. */
export interface ViewMetrics {
  readonly psnr: number;
  readonly ssim: number;
  /** Where it was asked for. */
  readonly lpips?: number;
  readonly rays_per_second: number;
}

/** One photo and what the model shows in its place. */
export interface EvaluatedView {
  readonly index: number;
  /** The frame's `file_path` in the data set. */
  readonly name: string;
  readonly render: RgbImage;
  readonly photo: RgbImage;
  readonly metrics: ViewMetrics;
}

/**
 * Yields one view after the other: a photo is decoded when its turn comes, and nothing of the one before is kept.
 * @param model `checkPhoto` is told each photo, and its frame's place in the split
 * @param background what transparent pixels of photos are composited over
 * @param lpips measures the renders too; its engine is active while it does
 * @throws DataError for a photo that cannot be decoded; what rendering throws; the signal's reason
 */
export async function* evaluateViews(
  model: Pick<ModelView, 'render'> & { checkPhoto(index: number, image: Image): void },
  frames: readonly Frame[],
  background: keyof typeof backgroundColors,
  signal: AbortSignal,
  lpips?: Lpips,
): AsyncGenerator<EvaluatedView> {
  const ssim = createSsim();
  for (const [index, frame] of frames.entries()) {
    const image = await loadFrameImage(frame);
    model.checkPhoto(index, image);
    const { width, height, mask } = image;
    const started = performance.now();
    const { outputs } = await renderWhole(model.render({ camera: frame.camera, outputs: ['rgb'] }), signal);
    const seconds = (performance.now() - started) / 1000;
    const render = { width, height, data: outputs['rgb']!.data as Uint8Array };
    const target = compositeOver(image, backgroundColors[background]);
    const metrics = {
      ...pictureMetrics(render, target, mask, ssim),
      ...(lpips && { lpips: lpips(seen(render.data, target, mask), target, width, height) }),
      rays_per_second: (width * height) / seconds,
    };
    yield { index, name: frame.name, render, photo: toRgbImage(target, width, height), metrics };
  }
}

/** The render in 0..1; where a mask hides a pixel, the photo. */
function seen(render: Uint8Array, target: Float32Array, mask: Uint8Array | undefined): Float32Array {
  return target.map((value, at) => (mask?.[Math.floor(at / 3)] === 0 ? value : render[at]! / 255));
}
