/**
 * The training photos in the kernels' memory, at full, half and quarter resolution, with premultiplied alpha. Masked pixels are 255, 255, 255, 0, which no
 * other pixel can be.
 */
import type { Image } from '../../data/image.ts';
import type { Photos } from '../../data/photos.ts';
import type { Size } from '../../data/size.ts';
import type { KernelPool } from '../../kernels/kernelPool.ts';
import { imagePadding } from './splatKernels.ts';
import { levelSize } from './splatView.ts';

/** A picture is a photo at one of its resolutions. */
export interface PhotoPyramid {
  /**
   * Address of photo `index` with its sides halved `level` times (0 to 2): [height][width][4] uint8. Valid until the next call: where there
   * is no room for all pictures, the one that was not used for longest makes way.
   */
  addressOf(index: number, level: number): number;
  /** The same as a view. */
  pixelsOf(index: number, level: number): Uint8Array;
  /** Share of the pixels of photo `index` that no mask hides: above 0, up to 1. */
  countedShare(index: number, level: number): number;
  /** What `work` returns; no picture makes way meanwhile. */
  hold<Result>(work: () => Result): Result;
  /** Says which picture is next. */
  readAhead(index: number, level: number): void;
  /** Of all photos at full resolution. */
  readonly pixels: number;
  /** Share of the pixels that are more opaque than transparent, masked ones left out: 1 for photos without alpha. Found on evenly spaced photos, at a quarter of the resolution. */
  readonly opaqueShare: number;
  dispose(): void;
}

const levels = 3;
/** Of 4 bytes a pixel, with half and quarter resolution. */
export const pyramidBytesPerPixel = 4 * (1 + 1 / 4 + 1 / 16);
/** A WebAssembly memory holds 4 GiB, and splats need some of it. */
const mostBytes = 3e9;

/** Whether a mask hides the pixel of the pyramid that begins at `at`. */
export function isMasked(pixels: Uint8Array, at: number): boolean {
  return pixels[at + 3] === 0 && pixels[at] === 255;
}

interface Picture {
  readonly address: number;
  readonly pixels: Uint8Array;
  /** Share of the pixels that no mask hides. */
  readonly counted: number;
}

/** @param memoryBytes for pictures: those of all photos are made at once if they fit, else each when it is asked for */
export function createPhotoPyramid(
  kernels: KernelPool,
  photos: Photos,
  memoryBytes = mostBytes,
): PhotoPyramid {
  const capacity = Math.min(memoryBytes, mostBytes);
  const sizeOf = (index: number, level: number): Size => ({
    width: levelSize(photos.sizes[index]!.width, level),
    height: levelSize(photos.sizes[index]!.height, level),
  });
  const bytesOf = (index: number, level: number) => {
    const { width, height } = sizeOf(index, level);
    return width * height * 4;
  };
  /** In the order in which they were used. */
  const pictures = new Map<number, Picture>();
  const scratch: Uint8Array[] = [];
  let usedBytes = 0;
  let holding = false;

  /** Makes a picture from the next larger one, which is computed too where it is not there. */
  const write = (index: number, level: number, out: Uint8Array): void => {
    if (level === 0) {
      premultiply(photos.read(index), out);
      return;
    }
    const larger = pictures.get(index * levels + level - 1)?.pixels ?? computed(index, level - 1);
    const { width, height } = sizeOf(index, level);
    const pitch = sizeOf(index, level - 1).width;
    halve(larger, pitch, width, height, out);
    if (photos.sizes[index]!.mask) hideHalved(larger, pitch, width, height, out);
  };
  const computed = (index: number, level: number): Uint8Array => {
    const bytes = bytesOf(index, level);
    if ((scratch[level]?.length ?? 0) < bytes) scratch[level] = new Uint8Array(bytes);
    const out = scratch[level]!.subarray(0, bytes);
    write(index, level, out);
    return out;
  };
  const makeRoom = (bytes: number): void => {
    for (const [key, { address, pixels }] of pictures) {
      if (holding || usedBytes + bytes <= capacity) return;
      kernels.release(address);
      usedBytes -= pixels.length;
      pictures.delete(key);
    }
  };
  const pictureOf = (index: number, level: number): Picture => {
    const key = index * levels + level;
    let picture = pictures.get(key);
    if (picture) pictures.delete(key);
    else {
      const bytes = bytesOf(index, level);
      makeRoom(bytes);
      const address = kernels.allocate(bytes + imagePadding);
      const pixels = kernels.uint8(address, bytes);
      usedBytes += bytes;
      write(index, level, pixels);
      picture = { address, pixels, counted: photos.sizes[index]!.mask ? countedShare(pixels) : 1 };
    }
    pictures.set(key, picture);
    return picture;
  };

  const all = photos.sizes.flatMap((_, index) =>
    Array.from({ length: levels }, (_, level) => [index, level] as const),
  );
  if (all.reduce((sum, [index, level]) => sum + bytesOf(index, level), 0) <= capacity)
    for (const [index, level] of all) pictureOf(index, level);

  let opaqueShare: number | undefined;
  return {
    pixels: photos.sizes.reduce((sum, { width, height }) => sum + width * height, 0),
    get opaqueShare() {
      opaqueShare ??= opaqueShareOf(
        sampledPhotos(photos.sizes.length).map((index) => pictureOf(index, 2).pixels),
      );
      return opaqueShare;
    },
    addressOf: (index, level) => pictureOf(index, level).address,
    pixelsOf: (index, level) => pictureOf(index, level).pixels,
    countedShare: (index, level) => pictureOf(index, level).counted,
    hold(work) {
      holding = true;
      try {
        return work();
      } finally {
        holding = false;
      }
    },
    readAhead(index, level) {
      if (!pictures.has(index * levels + level)) photos.readAhead(index);
    },
    dispose() {
      for (const { address } of pictures.values()) kernels.release(address);
    },
  };
}

/** At most 64, evenly spaced. */
function sampledPhotos(count: number): number[] {
  const most = Math.min(count, 64);
  return Array.from({ length: most }, (_, k) => Math.floor((k * count) / most));
}

/** Of RGBA pictures; masked pixels are left out. */
function opaqueShareOf(pictures: readonly Uint8Array[]): number {
  let [opaque, all] = [0, 0];
  for (const pixels of pictures) {
    for (let at = 0; at < pixels.length; at += 4) {
      if (isMasked(pixels, at)) continue;
      if (isOpaque(pixels[at + 3]!)) opaque++;
      all++;
    }
  }
  return opaque / all;
}

/** Few transparent pixels are a border that undistorting left; many are what surrounds an object. */
export function isTransparent(photos: Pick<PhotoPyramid, 'opaqueShare'>): boolean {
  return photos.opaqueShare < 0.99;
}

/** Whether a pixel of this alpha (0..255) shows the scene more than what is behind it. */
export function isOpaque(alpha: number): boolean {
  return alpha > 127;
}

function premultiply({ data, channels, mask }: Image, out: Uint8Array): void {
  if (channels === 3 && !mask) {
    addAlpha(data, out);
    return;
  }
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

/** What {@link premultiply} makes of an opaque photo, in a third of the time. */
function addAlpha(rgb: Uint8Array, out: Uint8Array): void {
  for (let from = 0, to = 0; to < out.length; from += 3, to += 4) {
    out[to] = rgb[from]!;
    out[to + 1] = rgb[from + 1]!;
    out[to + 2] = rgb[from + 2]!;
    out[to + 3] = 255;
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
