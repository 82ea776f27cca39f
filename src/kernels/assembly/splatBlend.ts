// Blending a tile's splats over each other, nearest first. A splat is computed in the exact rows of pixels where it is above the cutoff, and in
// each row in the vectors of 4 pixels that hold such pixels.
import { multiplyAdd, toInt } from './simd';
import { Record, SplatPlan, TILE_SIDE, recordAt, tileHeight } from './splatPlan';
import { COLOR, FIRST_VECTOR, LAST_VECTOR, LIGHT, PLANE, PLANE_ROW, alphasAt, spansAt } from './splatScratch';
import { sortedTile } from './splatTiles';

/** A tile of the picture: where it is, and which of its rows are looked at. */
// One thread works on one tile at a time, so that these may live in the instance.
export let left: i32 = 0;
export let top: i32 = 0;
/** Rows from `top` on, `stride` apart. */
export let rows: i32 = 0;
export let stride: i32 = 1;
let perStride: f32 = 1;
/** (splat, pair) of the tile's splats, int32 each, nearest first; and the end of that list. */
export let list: usize = 0;
export let endOfList: usize = 0;

export function enterTile(plan: SplatPlan, scratch: usize, tile: i32): void {
  const height = tileHeight(plan), begin = tile / plan.tilesX * height;
  left = tile % plan.tilesX * TILE_SIDE;
  stride = plan.rowStride;
  perStride = <f32>1 / <f32>stride;
  // The first row at or after `begin` that is a multiple of the stride away from the phase.
  const offset = (plan.rowPhase - begin) % stride;
  top = begin + (offset < 0 ? offset + stride : offset);
  const end = min(begin + height, plan.height);
  rows = top < end ? (end - top + stride - 1) / stride : 0;
  const first = load<i32>(plan.tileOffsets + (<usize>tile << 2)), after = load<i32>(plan.tileOffsets + (<usize>tile << 2), 4);
  list = sortedTile(plan, scratch, first, after);
  endOfList = list + (<usize>(after - first) << 3);
}

/** First row of the tile at or after `edge` (pixels), and last one at or before it. */
// @ts-ignore: decorator
@inline
function firstRowFrom(edge: f32): i32 {
  return max(0, <i32>ceil<f32>((edge - <f32>0.5 - <f32>top) * perStride));
}
// @ts-ignore: decorator
@inline
function lastRowTo(edge: f32): i32 {
  return min(rows - 1, <i32>floor<f32>((edge - <f32>0.5 - <f32>top) * perStride));
}

/** First and last vector of the splat in rows `first` to `last`; 1 and 0 where it has none. */
function findVectors(record: Record, first: i32, last: i32, scratch: usize): void {
  const zero = f32x4.splat(0), one = i32x4.splat(1), end = f32x4.splat(<f32>(TILE_SIDE - 1));
  const centreX = f32x4.splat(record.x - <f32>left - <f32>0.5), centreY = record.y - <f32>top - <f32>0.5;
  const slant = f32x4.splat(record.slant), halfWidth = f32x4.splat(record.halfWidth), narrowing = f32x4.splat(record.narrowing);
  const lanes = f32x4.mul(f32x4(0, 1, 2, 3), f32x4.splat(<f32>stride));
  for (let row = first; row <= last; row += 4) {
    const dy = f32x4.add(f32x4.splat(<f32>(row * stride) - centreY), lanes);
    const square = f32x4.sub(halfWidth, f32x4.mul(narrowing, f32x4.mul(dy, dy)));
    const half = f32x4.sqrt(f32x4.pmax(square, zero)), middle = f32x4.sub(centreX, f32x4.mul(slant, dy));
    const from = f32x4.pmax(f32x4.ceil(f32x4.sub(middle, half)), zero), to = f32x4.pmin(f32x4.floor(f32x4.add(middle, half)), end);
    const none = v128.or(f32x4.lt(square, zero), f32x4.lt(to, from));
    const a = i32x4.shr_s(toInt(from), 2), b = i32x4.shr_s(toInt(f32x4.pmax(to, zero)), 2);
    const at = scratch + (<usize>(row - first) << 2);
    v128.store(at + FIRST_VECTOR, v128.bitselect(one, a, none));
    v128.store(at + LAST_VECTOR, v128.andnot(b, none));
  }
}

/** Whether all pixels are finished. */
function isFinished(plan: SplatPlan, scratch: usize): bool {
  let most = f32x4.splat(0);
  for (let at = scratch + LIGHT, end = at + <usize>rows * PLANE_ROW; at < end; at += 16) most = f32x4.pmax(most, v128.load(at));
  return !v128.any_true(f32x4.gt(most, f32x4.splat(plan.minTransmittance)));
}

/**
 * 2^x for x in [-126, 126], relative error 4e-6 (polynomial of degree 4). Vectors reach at most 3 pixels out of an ellipse whose narrowest variance
 * is the pixel's blur: with 0.1 pixels² or more, x is above -120 there.
 */
// @ts-ignore: decorator
@inline
function powerOf2(x: v128): v128 {
  const magic = f32x4.splat(12582912);
  const rounded = f32x4.add(x, magic), f = f32x4.sub(x, f32x4.sub(rounded, magic));
  let y = multiplyAdd(f, f32x4.splat(9.6728e-3), f32x4.splat(5.5828e-2));
  y = multiplyAdd(y, f, f32x4.splat(0.2402227));
  y = multiplyAdd(y, f, f32x4.splat(0.6931471));
  y = multiplyAdd(y, f, f32x4.splat(1));
  return i32x4.add(y, i32x4.shl(rounded, 23));
}

/** Light that is left behind the front of what a pixel sees. */
const FRONT_REST: f32 = 2.0 / 3.0;

/**
 * Light and colours of the tile's pixels. With `keep`, spans and alphas stay for backward. With `front`, colours are those of
 * the first third of the light alone: what splats take of it after that does not count.
 * @returns the end of what was blended of the list: behind it no pixel has light left
 */
// @ts-ignore: decorator
@inline
function blend(plan: SplatPlan, scratch: usize, keep: bool, front: bool): usize {
  const zero = f32x4.splat(0), rest = f32x4.splat(FRONT_REST), one = f32x4.splat(1), lanes = f32x4(0, 1, 2, 3), cutoff = f32x4.splat(plan.cutoff);
  for (let at = scratch, end = scratch + <usize>rows * PLANE_ROW; at < end; at += 16) {
    v128.store(at, one, LIGHT);
    v128.store(at, zero, COLOR); v128.store(at, zero, COLOR + PLANE); v128.store(at, zero, COLOR + 2 * PLANE);
  }
  let spans = scratch + spansAt(plan), alphas = scratch + alphasAt(plan);
  let entry = list;
  for (; entry < endOfList; entry += 8) {
    if (((entry - list) & 56) == 56 && isFinished(plan, scratch)) break;
    const record = recordAt(plan, load<i32>(entry));
    const first = firstRowFrom(record.top), last = lastRowTo(record.bottom);
    if (keep) {
      store<u8>(spans, <u8>min(first, TILE_SIDE)); store<u8>(spans, <u8>(last + 1), 1);
      spans += 2;
    }
    if (last < first) continue;
    findVectors(record, first, last, scratch);
    const a = f32x4.splat(record.a), a8 = f32x4.splat(8 * record.a), bend = f32x4.splat(32 * record.a);
    const red = f32x4.splat(record.red), green = f32x4.splat(record.green), blue = f32x4.splat(record.blue);
    const fromLeft = f32x4.sub(lanes, f32x4.splat(record.x - <f32>left - <f32>0.5)), centreY = record.y - <f32>top - <f32>0.5;
    for (let row = first; row <= last; row++) {
      const index = scratch + (<usize>(row - first) << 2);
      const from = load<i32>(index, FIRST_VECTOR), to = load<i32>(index, LAST_VECTOR);
      if (keep) {
        store<u8>(spans, <u8>from); store<u8>(spans, <u8>to, 1);
        spans += 2;
      }
      if (to < from) continue;
      const dy = <f32>(row * stride) - centreY, b = record.b * dy, dx = f32x4.add(fromLeft, f32x4.splat(<f32>(from << 2)));
      // log2 of alpha is a parabola along the row: from a vector to the next its value and its slope change by sums.
      let power = multiplyAdd(multiplyAdd(a, dx, f32x4.splat(b)), dx, f32x4.splat(record.c * dy * dy + record.peak));
      let rise = multiplyAdd(a8, dx, f32x4.splat(4 * b + 16 * record.a));
      let at = scratch + <usize>row * PLANE_ROW + (<usize>from << 4);
      for (const end = at + (<usize>(to - from) << 4); at <= end; at += 16) {
        const full = powerOf2(power), alpha = v128.and(full, f32x4.ge(full, cutoff));
        if (keep) { v128.store(alphas, alpha); alphas += 16; }
        const light = v128.load(at, LIGHT), taken = f32x4.mul(alpha, light), behind = f32x4.sub(light, taken);
        const weight = front ? f32x4.sub(f32x4.pmax(light, rest), f32x4.pmax(behind, rest)) : taken;
        v128.store(at, behind, LIGHT);
        v128.store(at, multiplyAdd(weight, red, v128.load(at, COLOR)), COLOR);
        v128.store(at, multiplyAdd(weight, green, v128.load(at, COLOR + PLANE)), COLOR + PLANE);
        v128.store(at, multiplyAdd(weight, blue, v128.load(at, COLOR + 2 * PLANE)), COLOR + 2 * PLANE);
        power = f32x4.add(power, rise);
        rise = f32x4.add(rise, bend);
      }
    }
  }
  return entry;
}

export function blendOnly(plan: SplatPlan, scratch: usize): usize {
  return blend(plan, scratch, false, false);
}

export function blendFront(plan: SplatPlan, scratch: usize): usize {
  return blend(plan, scratch, false, true);
}

export function blendAndKeep(plan: SplatPlan, scratch: usize): usize {
  return blend(plan, scratch, true, false);
}
