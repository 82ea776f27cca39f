/** Compares a model with photos, view by view. */
import { backgroundColors, compositeOver, toRgbImage } from '../data/compositeOver.ts';
import type { Image } from '../data/image.ts';
import { loadFrameImage } from '../data/images.ts';
import type { Frame } from '../data/scene.ts';
import { createSsim } from '../losses/imageMetrics.ts';
import { pictureMetrics } from '../pipeline/createImageComparison.ts';
import type { ModelView } from '../pipeline/modelView.ts';
import type { RgbImage } from '../pipeline/pipeline.ts';
import { renderWhole } from './renderWhole.ts';

/** One photo and what the model shows in its place. */
export interface EvaluatedView {
  readonly index: number;
  /** The frame's `file_path` in the data set. */
  readonly name: string;
  readonly render: RgbImage;
  readonly photo: RgbImage;
  readonly metrics: { readonly psnr: number; readonly ssim: number; readonly rays_per_second: number };
}

/**
 * Yields one view after the other: a photo is decoded when its turn comes, and nothing of the one before is kept.
 * @param model `checkPhoto` is told each photo, and its frame's place in the split
 * @param background what transparent pixels of photos are composited over
 * @throws DataError for a photo that cannot be decoded; what rendering throws; the signal's reason
 */
export async function* evaluateViews(
  model: Pick<ModelView, 'render'> & { checkPhoto(index: number, image: Image): void },
  frames: readonly Frame[],
  background: keyof typeof backgroundColors,
  signal: AbortSignal,
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
      rays_per_second: (width * height) / seconds,
    };
    yield { index, name: frame.name, render, photo: toRgbImage(target, width, height), metrics };
  }
}
