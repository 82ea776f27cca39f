/** Renders held-out views and compares them with the photos. */
import { backgroundColors } from '../data/compositeOver.ts';
import type { Photos } from '../data/photos.ts';
import { pixelBlocks } from '../data/pixelBlocks.ts';
import { createPixelSamples, pixelPool, samplePixels } from '../data/pixelSampler.ts';
import { createRayGenerator } from '../data/rayBatch.ts';
import type { Frame } from '../data/scene.ts';
import type { RadianceModel } from '../models/radianceModel.ts';
import { createImageComparison } from './createImageComparison.ts';
import type { ImageEvaluation } from './pipeline.ts';
import { renderTile } from './renderImage.ts';

export interface ImageEvaluator {
  /** PSNR in dB of a batch of held-out rays. */
  evalBatch(step: number): Record<string, number>;
  /** PSNR in dB and SSIM of held-out image `index` at full size; undefined past the last. */
  evalImage(index: number): ImageEvaluation | undefined;
}

const maxBatchRays = 4096;

/** @param background what transparent pixels are composited over */
export function createImageEvaluator(
  frames: readonly Frame[],
  photos: Photos,
  model: RadianceModel,
  background: 'white' | 'black',
  seed: number,
): ImageEvaluator {
  const rays = createRayGenerator(frames.map((frame) => frame.camera));
  const pool = pixelPool(photos.sizes);
  const batchRays = Math.min(maxBatchRays, model.rays.capacity);
  const samples = createPixelSamples(batchRays);
  const behind = backgroundColors[background];
  const compare = createImageComparison(frames, photos, background);
  let render = new Float32Array();

  return {
    evalBatch(step) {
      if (frames.length === 0) return {};
      samplePixels(seed + 1, step, batchRays, pool, samples);
      rays.gatherRays(samples, photos, batchRays, model.rays);
      model.rays.imageIndex.fill(-1, 0, batchRays);
      model.render(batchRays);
      let sum = 0;
      for (let ray = 0; ray < batchRays; ray++) {
        const alpha = model.rays.rgba[ray * 4 + 3]!;
        for (let channel = 0; channel < 3; channel++) {
          const target = model.rays.rgba[ray * 4 + channel]! * alpha + behind[channel]! * (1 - alpha);
          sum += (clamp(model.rays.colors[ray * 4 + channel]!) - target) ** 2;
        }
      }
      return { psnr: -10 * Math.log10(sum / (3 * batchRays)) };
    },
    evalImage(index) {
      const size = photos.sizes[index];
      if (!size) return undefined;
      const { width, height } = size;
      photos.readAhead(index);
      const pixels = width * height;
      if (render.length !== pixels * 3) render = new Float32Array(pixels * 3);
      const started = performance.now();
      const order = pixelBlocks(width, height);
      for (let begin = 0; begin < pixels; begin += model.rays.capacity) {
        const count = renderTile(model, rays, index, begin, order);
        for (let ray = 0; ray < count; ray++)
          for (let channel = 0; channel < 3; channel++)
            render[order[begin + ray]! * 3 + channel] = clamp(model.rays.colors[ray * 4 + channel]!);
      }
      const seconds = (performance.now() - started) / 1000;
      return compare.evaluation(index, render, seconds);
    },
  };
}

function clamp(value: number): number {
  return Math.max(0, Math.min(1, value));
}
