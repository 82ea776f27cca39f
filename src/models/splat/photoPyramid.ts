/** The training photos in the kernels' memory, at full, half and quarter resolution, with premultiplied alpha. */
import type { Image } from '../../data/image.ts';
import type { KernelPool } from '../../kernels/kernelPool.ts';
import { imagePadding } from './splatKernels.ts';
import { levelSize } from './splatView.ts';

export interface PhotoPyramid {
  /** Address of photo `index` with its sides halved `level` times (0 to 2): [height][width][4] uint8. */
  addressOf(index: number, level: number): number;
  /** The same as a view. */
  pixelsOf(index: number, level: number): Uint8Array;
  dispose(): void;
}

const levels = 3;

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
      halve(places[level - 1]!.pixels, places[level - 1]!.width, width, height, places[level]!.pixels);
    }
    return places;
  });
  return {
    addressOf: (index, level) => photos[index]![level]!.address,
    pixelsOf: (index, level) => photos[index]![level]!.pixels,
    dispose() {
      for (const places of photos) for (const { address } of places) kernels.release(address);
    },
  };
}

function premultiply({ data, channels }: Image, out: Uint8Array): void {
  for (let from = 0, to = 0; to < out.length; from += channels, to += 4) {
    const alpha = channels === 4 ? data[from + 3]! : 255;
    for (let k = 0; k < 3; k++) out[to + k] = Math.round((data[from + k]! * alpha) / 255);
    out[to + 3] = alpha;
  }
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
