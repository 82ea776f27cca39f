/** Between stored images and the float images that models render. */
import type { RgbImage } from '../pipeline/pipeline.ts';
import type { Image } from './image.ts';

/** Red, green, blue, each 0..1. */
export type Color = readonly [number, number, number];

export const backgroundColors = { white: [1, 1, 1], black: [0, 0, 0] } as const satisfies Record<
  string,
  Color
>;

/**
 * The image with its transparent pixels over `background`: [height, width, 3] float32, 0..1,
 * `rgb alpha + background (1 - alpha)`. Images without alpha are converted as they are.
 */
export function compositeOver({ channels, data }: Image, background: Color): Float32Array {
  const pixels = data.length / channels;
  const result = new Float32Array(pixels * 3);
  for (let pixel = 0; pixel < pixels; pixel++) {
    const alpha = channels === 4 ? data[pixel * 4 + 3]! / 255 : 1;
    for (let channel = 0; channel < 3; channel++)
      result[pixel * 3 + channel] =
        (data[pixel * channels + channel]! / 255) * alpha + background[channel]! * (1 - alpha);
  }
  return result;
}

/** Rounds [height, width, 3] values to 8 bits; what lies outside 0..1 is clamped, NaN becomes 0. */
export function toRgbImage(values: ArrayLike<number>, width: number, height: number): RgbImage {
  const data = new Uint8Array(width * height * 3);
  for (let index = 0; index < data.length; index++) data[index] = toByte(values[index]!);
  return { width, height, data };
}

/** 0..1 to 0..255.5, which a Uint8Array cuts to the nearest whole number; what lies outside is clamped, NaN becomes 0 there. */
export function toByte(value: number): number {
  return Math.min(255, Math.max(0, value * 255 + 0.5));
}
