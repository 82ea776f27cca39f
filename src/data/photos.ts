/** Decoded photos as models see them, wherever their pixels lie. */
import type { Image } from './image.ts';
import type { Size } from './size.ts';

export interface PhotoSize extends Size {
  /** Of the image: see `Image.mask`. */
  readonly mask?: Uint8Array;
}

export interface Photos {
  readonly sizes: readonly PhotoSize[];
  /** Writes red, green, blue and straight alpha (255 without) of a pixel (row * width + column) to `out[0..3]`: 0..255. */
  readPixel(index: number, pixel: number, out: Uint8Array): void;
  /** A photo whole. Valid until the next call: those that lie in a file share one buffer. */
  read(index: number): Image;
  /** Says which photo is read next: one that lies in a file comes into memory meanwhile. */
  readAhead(index: number): void;
}

/** Photos that are decoded already. They are kept as they are. */
export function photosInMemory(images: readonly Image[]): Photos {
  return {
    sizes: images,
    readPixel: (index, pixel, out) => copyPixel(images[index]!, pixel, out),
    read: (index) => images[index]!,
    readAhead() {},
  };
}

/** Photos `begin` to `end` (excluded) of `photos`, to whom disposing is left. */
export function somePhotos(photos: Photos, begin: number, end: number): Photos {
  return {
    sizes: photos.sizes.slice(begin, end),
    readPixel: (index, pixel, out) => photos.readPixel(begin + index, pixel, out),
    read: (index) => photos.read(begin + index),
    readAhead: (index) => photos.readAhead(begin + index),
  };
}

/** @see Photos.readPixel */
export function copyPixel({ channels, data }: Image, pixel: number, out: Uint8Array): void {
  const from = pixel * channels;
  out[0] = data[from]!;
  out[1] = data[from + 1]!;
  out[2] = data[from + 2]!;
  out[3] = channels === 4 ? data[from + 3]! : 255;
}
