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
/** First and last vector of each row of a splat, 16 int32 each and 4 to spare. */
export const FIRST_VECTOR: usize = 8 * PLANE;
export const LAST_VECTOR: usize = FIRST_VECTOR + 80;
/** Spans of the tile's splats, 34 bytes each at most: first row, last row, then first and last vector of each row. */
export const SPANS: usize = LAST_VECTOR + 80;
const SPAN_BYTES: usize = 34;

/** Alphas of the tile's splats in those spans, 16 bytes a vector, follow. */
// @ts-ignore: decorator
@inline
export function alphasAt(plan: SplatPlan): usize {
  return (SPANS + <usize>plan.longestTile * SPAN_BYTES + 15) & ~15;
}

/** Bytes that a thread's block must have for tiles of `entries` splats. */
export function splatScratchBytes(entries: i32, train: bool): i32 {
  return <i32>(SPANS + 64 + (train ? <usize>entries * (SPAN_BYTES + PLANE) : 0));
}

// @ts-ignore: decorator
@inline
export function ownScratch(plan: SplatPlan): usize {
  return plan.scratch + <usize>threadIndex() * plan.scratchBytes;
}
