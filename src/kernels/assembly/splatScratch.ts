// A thread's scratch space for one tile: 256 pixels a plane, float32, and what forward leaves for backward.
import { SplatPlan } from './splatPlan';
import { threadIndex } from './thread';

/** Bytes of a plane, and of a row of it. */
export const PLANE: usize = 1024;
export const PLANE_ROW: usize = 64;

/** Light that is left; colour so far (3 planes); gradient of the colour (3); that gradient times the colour still to come. */
export const LIGHT: usize = 0;
export const COLOR: usize = PLANE;
export const COLOR_GRADIENT: usize = 4 * PLANE;
export const TO_COME: usize = 7 * PLANE;
/** First and last vector of each row of a splat, 16 int32 each and 4 to spare; and three float32 of each row (splatBlend.ts). */
export const FIRST_VECTOR: usize = 8 * PLANE;
export const LAST_VECTOR: usize = FIRST_VECTOR + 80;
export const SLOPE: usize = LAST_VECTOR + 80;
export const HEIGHT: usize = SLOPE + 80;
export const RISE: usize = HEIGHT + 80;
/** Counters of the digits by which the tile's list is sorted: 256, 128 and 128. */
export const DIGITS_AT: usize = RISE + 80;
/** The records of the tile's splats, nearest first, and room for two lists of 8 bytes a splat, by which they are sorted (splatTiles.ts). */
export const LIST: usize = (DIGITS_AT + 512 * 4 + 15) & ~15;
const LIST_BYTES: usize = 64 + 16;
const SPAN_BYTES: usize = 34;

/** Spans of the tile's splats, 34 bytes each at most, follow: first row, last row, then first and last vector of each row. */
// @ts-ignore: decorator
@inline
export function spansAt(plan: SplatPlan): usize {
  return LIST + <usize>plan.longestTile * LIST_BYTES;
}

/** Then the alphas of the tile's splats in those spans, 16 bytes a vector. */
// @ts-ignore: decorator
@inline
export function alphasAt(plan: SplatPlan): usize {
  return (spansAt(plan) + <usize>plan.longestTile * SPAN_BYTES + 15) & ~15;
}

/** Bytes that a thread's block must have for tiles of `entries` splats. */
export function splatScratchBytes(entries: i32, train: bool): i32 {
  return <i32>(LIST + 64 + <usize>entries * (LIST_BYTES + (train ? SPAN_BYTES + PLANE : 0)));
}

// @ts-ignore: decorator
@inline
export function ownScratch(plan: SplatPlan): usize {
  return plan.scratch + <usize>threadIndex() * plan.scratchBytes;
}
