/** Photos that are larger than is good to train on: how much smaller they are made. */
import { z } from 'zod';
import type { Size } from './size.ts';

/** Up to here a number says how many times smaller; from `smallestSide` on how many pixels the longest side may have. */
const largestFactor = 16;
const smallestSide = 64;

export const downscaleSchema = z
  .number()
  .refine(
    (value) => (value >= 1 && value <= largestFactor) || (Number.isInteger(value) && value >= smallestSide),
    `must be a factor from 1 (as they are) to ${largestFactor}, or the longest side in pixels, at least ${smallestSide}`,
  )
  .default(1600)
  .describe(
    `How photos are made smaller: up to ${largestFactor} a factor (1: as they are), above it the pixels that the longest side may have. Held-out photos too.`,
  );

/** How many times smaller a photo is made: at least 1. @param downscale of {@link downscaleSchema} */
export function downscaleFactor({ width, height }: Size, downscale: number): number {
  return downscale <= largestFactor ? downscale : Math.max(1, Math.max(width, height) / downscale);
}

/** Sides are rounded to whole pixels, at least one. @param factor 1 or more */
export function downscaledSize({ width, height }: Size, factor: number): Size {
  const shrunk = (side: number) => Math.max(1, Math.round(side / factor));
  return { width: shrunk(width), height: shrunk(height) };
}
