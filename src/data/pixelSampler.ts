/** Which pixels a training step looks at. */
import { RandomStream, randomAt, randomKey } from '../rng.ts';

/** Pixels by image and by position in it (row * width + column). */
export interface PixelSamples {
  readonly imageIndex: Int32Array;
  readonly pixelIndex: Int32Array;
}

/**
 * Where each image begins when the pixels of all images are counted through: [images + 1], the last one is the total.
 */
export function pixelOffsets(
  images: readonly { readonly width: number; readonly height: number }[],
): Float64Array {
  const offsets = new Float64Array(images.length + 1);
  images.forEach(({ width, height }, index) => {
    offsets[index + 1] = offsets[index]! + width * height;
  });
  return offsets;
}

/** Room for `count` samples, to be filled again and again. */
export function createPixelSamples(count: number): PixelSamples {
  return { imageIndex: new Int32Array(count), pixelIndex: new Int32Array(count) };
}

/**
 * Draws `count` pixels of all images with replacement, each pixel equally likely. A function of (`seed`, `step`) alone:
 * a larger `count` draws the same ones and more.
 *
 * @param offsets of {@link pixelOffsets}; the images may differ in size.
 * @param out is filled from its beginning; made anew when left out.
 * @returns `out`
 */
export function samplePixels(
  seed: number,
  step: number,
  count: number,
  offsets: Float64Array,
  out: PixelSamples = createPixelSamples(count),
): PixelSamples {
  const images = offsets.length - 1;
  const total = offsets[images]!;
  const key = randomKey(seed, RandomStream.pixels, step);
  for (let index = 0; index < count; index++) {
    const pixel = Math.floor((randomAt(key, index) / 2 ** 32) * total);
    const image = imageOf(pixel, offsets, images, total);
    out.imageIndex[index] = image;
    out.pixelIndex[index] = pixel - offsets[image]!;
  }
  return out;
}

/** The image that holds `pixel`: a guess (exact for images of one size), then a walk. */
function imageOf(pixel: number, offsets: Float64Array, images: number, total: number): number {
  let image = Math.floor((pixel * images) / total);
  while (pixel < offsets[image]!) image--;
  while (pixel >= offsets[image + 1]!) image++;
  return image;
}
