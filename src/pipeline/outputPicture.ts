/** Outputs of a rendering as pictures: what an 8-bit image can show of depths, shares and directions. */
import type { RenderedImage, RenderedOutput, RgbImage } from './pipeline.ts';

export interface OutputPicture {
  readonly picture: RgbImage;
  /** Least and greatest value shown, where they are the output's own and not its quantity's. */
  readonly range?: readonly [number, number];
}

/**
 * Colours as they are. Shares from black to white. Directions with x, y, z from -1 to 1 as red, green, blue from 0 to 255. Distances from the least
 * (yellow) over green and blue to the greatest (violet), evenly in 1 / distance, as the eye has it; black where nothing is seen. Other numbers grey, from the
 * least (black) to the greatest (white).
 * @param colors of distances: what the nearest and the farthest look like
 * @param range least and greatest value of distances and other numbers, where several pictures are to have the same; values beyond are cut
 */
export function outputPicture(
  { width, height }: Pick<RenderedImage, 'width' | 'height'>,
  { channels, data, quantity }: RenderedOutput,
  range?: readonly [number, number],
  colors: ColorMap = 'viridis',
): OutputPicture {
  const picture = (pixelOf: (index: number) => readonly [number, number, number]): RgbImage => {
    const bytes = new Uint8Array(width * height * 3);
    for (let index = 0; index < width * height; index++) bytes.set(pixelOf(index), index * 3);
    return { width, height, data: bytes };
  };
  const grey = (value: number) => [value, value, value] as const;
  const at = (index: number, channel: number) => data[index * channels + Math.min(channel, channels - 1)]!;
  const perChannel = (byteOf: (value: number) => number) =>
    picture((index) => [byteOf(at(index, 0)), byteOf(at(index, 1)), byteOf(at(index, 2))]);
  if (data instanceof Uint8Array && channels === 3) return { picture: { width, height, data } };
  switch (quantity) {
    case 'share':
      return { picture: picture((index) => grey(toScale(at(index, 0), 0, 1))) };
    case 'direction':
      return { picture: perChannel((value) => toScale(value, -1, 1)) };
    case 'distance': {
      const shown = range ?? rangeOf(data.filter((value) => value > 0));
      const [nearest, farthest] = [1 / shown[0], 1 / shown[1]];
      return {
        picture: picture((index) =>
          at(index, 0) > 0
            ? colorOf(colorMaps[colors], toScale(1 / at(index, 0), farthest, nearest))
            : [0, 0, 0],
        ),
        range: shown,
      };
    }
    default: {
      const shown = range ?? rangeOf(data);
      return { picture: perChannel((value) => toScale(value, ...shown)), range: shown };
    }
  }
}

/** 0 for `least` and below, 255 for `greatest` and above; 0 where they are equal, and for NaN. */
function toScale(value: number, least: number, greatest: number): number {
  if (!(greatest > least && value > least)) return 0;
  return Math.round(Math.min(1, (value - least) / (greatest - least)) * 255);
}

/** Colours of matplotlib's maps (public domain, CC0), evenly from begin to end: equal steps look equal. */
const colorMaps = {
  viridis: [
    [68, 1, 84],
    [71, 44, 122],
    [59, 81, 139],
    [44, 113, 142],
    [33, 144, 141],
    [39, 173, 129],
    [92, 200, 99],
    [170, 220, 50],
    [253, 231, 37],
  ],
  magma: [
    [0, 0, 4],
    [28, 16, 68],
    [79, 18, 123],
    [129, 37, 129],
    [181, 54, 122],
    [229, 80, 100],
    [251, 135, 97],
    [254, 194, 135],
    [252, 253, 191],
  ],
  inferno: [
    [0, 0, 4],
    [31, 12, 72],
    [85, 15, 109],
    [136, 34, 106],
    [186, 54, 85],
    [227, 89, 51],
    [249, 140, 10],
    [249, 201, 50],
    [252, 255, 164],
  ],
  grey: [
    [0, 0, 0],
    [255, 255, 255],
  ],
} as const;
export type ColorMap = keyof typeof colorMaps;

/** @param scale 0..255 */
function colorOf(
  colors: readonly (readonly [number, number, number])[],
  scale: number,
): [number, number, number] {
  const place = (scale / 255) * (colors.length - 1);
  const below = Math.min(colors.length - 2, Math.floor(place));
  const [from, to] = [colors[below]!, colors[below + 1]!];
  const mixed = (k: 0 | 1 | 2) => Math.round(from[k] + (place - below) * (to[k] - from[k]));
  return [mixed(0), mixed(1), mixed(2)];
}

/** The least and the greatest finite value; [0, 0] if there is none. */
function rangeOf(data: Uint8Array | Float32Array): [number, number] {
  let least = Number.POSITIVE_INFINITY;
  let greatest = Number.NEGATIVE_INFINITY;
  for (const value of data) {
    if (!Number.isFinite(value)) continue;
    least = Math.min(least, value);
    greatest = Math.max(greatest, value);
  }
  return greatest >= least ? [least, greatest] : [0, 0];
}
