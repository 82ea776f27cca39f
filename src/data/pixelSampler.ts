/** Which pixels a training step looks at. */
import { RandomStream, randomAt, randomKey } from '../rng.ts';
import type { Image } from './image.ts';

/** Pixels by image and by position in it (row * width + column). */
export interface PixelSamples {
  readonly imageIndex: Int32Array;
  readonly pixelIndex: Int32Array;
}

/** The pixels of a set of images that no mask hides, counted through. */
export interface PixelPool {
  /** Where each image begins: [images + 1], the last one is the total. */
  readonly offsets: Float64Array;
  /** Of each image with a mask. */
  readonly masks: readonly (RowCounts | undefined)[];
}

/** A mask, and how many of its pixels count before each row: [height + 1]. */
interface RowCounts {
  readonly mask: Uint8Array;
  readonly width: number;
  readonly before: Int32Array;
}

/** Counts the pixels of `images`, which may differ in size. */
export function pixelPool(images: readonly Pick<Image, 'width' | 'height' | 'mask'>[]): PixelPool {
  const masks = images.map(
    ({ mask, width, height }) => mask && { mask, width, before: count(mask, width, height) },
  );
  const offsets = new Float64Array(images.length + 1);
  images.forEach(({ width, height }, index) => {
    offsets[index + 1] = offsets[index]! + (masks[index]?.before[height] ?? width * height);
  });
  return { offsets, masks };
}

/** Room for `count` samples, to be filled again and again. */
export function createPixelSamples(count: number): PixelSamples {
  return { imageIndex: new Int32Array(count), pixelIndex: new Int32Array(count) };
}

/**
 * Draws `count` pixels of the pool with replacement, each pixel equally likely. A function of (`seed`, `step`) alone:
 * a larger `count` draws the same ones and more.
 *
 * @param pool of {@link pixelPool}, with one pixel at least
 * @param out is filled from its beginning; made anew when left out.
 * @returns `out`
 */
export function samplePixels(
  seed: number,
  step: number,
  count: number,
  { offsets, masks }: PixelPool,
  out: PixelSamples = createPixelSamples(count),
): PixelSamples {
  const images = offsets.length - 1;
  const total = offsets[images]!;
  const key = randomKey(seed, RandomStream.pixels, step);
  for (let index = 0; index < count; index++) {
    const pixel = Math.floor((randomAt(key, index) / 2 ** 32) * total);
    const image = imageOf(pixel, offsets, images, total);
    const mask = masks[image];
    const rank = pixel - offsets[image]!;
    out.imageIndex[index] = image;
    out.pixelIndex[index] = mask ? countedPixel(mask, rank) : rank;
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

function count(mask: Uint8Array, width: number, height: number): Int32Array {
  const before = new Int32Array(height + 1);
  for (let row = 0, pixel = 0; row < height; row++) {
    let counted = before[row]!;
    for (const end = pixel + width; pixel < end; pixel++) if (mask[pixel] !== 0) counted++;
    before[row + 1] = counted;
  }
  return before;
}

/** The pixel before which `rank` pixels count: its row by bisection, then a walk along it. */
function countedPixel({ mask, width, before }: RowCounts, rank: number): number {
  let row = 0;
  for (let end = before.length - 1; end - row > 1; ) {
    const middle = (row + end) >> 1;
    if (before[middle]! <= rank) row = middle;
    else end = middle;
  }
  let pixel = row * width;
  for (let left = rank - before[row]!; mask[pixel] === 0 || left-- > 0; ) pixel++;
  return pixel;
}
