/**
 * The training photos in the kernels' memory, at full, half and quarter resolution, with premultiplied alpha. Masked pixels are 255, 255, 255, 0, which no
 * other pixel can be.
 */
import type { Image } from '../../data/image.ts';
import type { KernelPool } from '../../kernels/kernelPool.ts';
import { imagePadding } from './splatKernels.ts';
import { levelSize } from './splatView.ts';

export interface PhotoPyramid {
  /** Address of photo `index` with its sides halved `level` times (0 to 2): [height][width][4] uint8. */
  addressOf(index: number, level: number): number;
  /** The same as a view. */
  pixelsOf(index: number, level: number): Uint8Array;
  /** Share of the pixels of photo `index` that no mask hides: above 0, up to 1. */
  countedShare(index: number, level: number): number;
  dispose(): void;
}

const levels = 3;

/** Whether a mask hides the pixel of the pyramid that begins at `at`. */
export function isMasked(pixels: Uint8Array, at: number): boolean {
  return pixels[at + 3] === 0 && pixels[at] === 255;
}

export function createPhotoPyramid(kernels: KernelPool, images: readonly Image[]): PhotoPyramid {
  const photos = images.map((image) => {
    const sizes = Array.from({ length: levels }, (_, level) => ({
      width: levelSize(image.width, level),
      height: levelSize(image.height, level),
    }));
    const places = sizes.map(({ width, height }) => {
      const bytes = width * height * 4;
      const address = kernels.allocate(bytes + imagePadding);
      return { address, pixels: kernels.uint8(address, bytes), width };
    });
    premultiply(image, places[0]!.pixels);
    for (let level = 1; level < levels; level++) {
      const { width, height } = sizes[level]!;
      const finer = places[level - 1]!;
      halve(finer.pixels, finer.width, width, height, places[level]!.pixels);
      if (image.mask) hideHalved(finer.pixels, finer.width, width, height, places[level]!.pixels);
    }
    return places.map((place) => ({ ...place, counted: image.mask ? countedShare(place.pixels) : 1 }));
  });
  return {
    addressOf: (index, level) => photos[index]![level]!.address,
    pixelsOf: (index, level) => photos[index]![level]!.pixels,
    countedShare: (index, level) => photos[index]![level]!.counted,
    dispose() {
      for (const places of photos) for (const { address } of places) kernels.release(address);
    },
  };
}

function premultiply({ data, channels, mask }: Image, out: Uint8Array): void {
  for (let from = 0, to = 0; to < out.length; from += channels, to += 4) {
    if (mask?.[to / 4] === 0) {
      hide(out, to);
      continue;
    }
    const alpha = channels === 4 ? data[from + 3]! : 255;
    for (let k = 0; k < 3; k++) out[to + k] = Math.round((data[from + k]! * alpha) / 255);
    out[to + 3] = alpha;
  }
}

function hide(out: Uint8Array, at: number): void {
  out.fill(255, at, at + 3);
  out[at + 3] = 0;
}

function countedShare(pixels: Uint8Array): number {
  let masked = 0;
  for (let at = 0; at < pixels.length; at += 4) if (isMasked(pixels, at)) masked++;
  // A coarse level may have none left: then nothing is summed up, whatever it is divided by.
  return Math.max(1, pixels.length / 4 - masked) / (pixels.length / 4);
}

/** Means of 2 x 2 pixels; an odd row or column at the end is left out. */
function halve(from: Uint8Array, fromWidth: number, width: number, height: number, out: Uint8Array): void {
  const pitch = fromWidth * 4;
  for (let row = 0, to = 0; row < height; row++)
    for (let column = 0; column < width; column++)
      for (let channel = 0; channel < 4; channel++, to++) {
        const at = 2 * row * pitch + 8 * column + channel;
        out[to] = (from[at]! + from[at + 4]! + from[at + pitch]! + from[at + pitch + 4]! + 2) >> 2;
      }
}

/** Hides each pixel of the halved photo of whose four one is masked. */
function hideHalved(
  from: Uint8Array,
  fromWidth: number,
  width: number,
  height: number,
  out: Uint8Array,
): void {
  const pitch = fromWidth * 4;
  for (let pixel = 0; pixel < width * height; pixel++) {
    const at = 2 * Math.floor(pixel / width) * pitch + 8 * (pixel % width);
    if ([at, at + 4, at + pitch, at + pitch + 4].some((place) => isMasked(from, place))) hide(out, pixel * 4);
  }
}
