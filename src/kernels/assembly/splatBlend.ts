// Blending a tile's splats over each other, nearest first. A splat is computed in the exact rows of pixels where it is above the cutoff, and in
// each row in the vectors of 4 pixels that hold such pixels.
import { multiplyAdd, toInt } from './simd';
import { Record, SplatPlan, TILE_SIDE, tileHeight } from './splatPlan';
import { COLOR, FIRST_VECTOR, HEIGHT, LAST_VECTOR, LIGHT, PLANE, PLANE_ROW, RISE, SLOPE, alphasAt, spansAt } from './splatScratch';
import { sortedTile } from './splatTiles';

/** A tile of the picture: where it is, and which of its rows are looked at. */
// One thread works on one tile at a time, so that these may live in the instance.
export let left: i32 = 0;
export let top: i32 = 0;
/** Rows from `top` on, `stride` apart. */
export let rows: i32 = 0;
export let stride: i32 = 1;
let perStride: f32 = 1;
/** Records of the tile's splats, nearest first; and the end of that list. */
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
  endOfList = list + <usize>(after - first) * offsetof<Record>();
}

/** Columns of a vector's pixels from the splat's centre, were the vector the first of its row. */
// @ts-ignore: decorator
@inline
export function fromLeft(record: Record): v128 {
  return f32x4.sub(f32x4(0, 1, 2, 3), f32x4.splat(record.x - <f32>left - <f32>0.5));
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

/**
 * Of the splat in rows `first` to `last`: first and last vector, 1 and 0 where it has none; and the row's part of log2 of alpha. That is
 * a dx² + slope dx + height in the row; from a vector to the next it rises by 8 a dx + rise.
 */
function findVectors(record: Record, first: i32, last: i32, scratch: usize): void {
  const zero = f32x4.splat(0), one = i32x4.splat(1), end = f32x4.splat(<f32>(TILE_SIDE - 1)), four = f32x4.splat(4);
  const centreX = f32x4.splat(record.x - <f32>left - <f32>0.5), centreY = record.y - <f32>top - <f32>0.5;
  const slant = f32x4.splat(record.slant), halfWidth = f32x4.splat(record.halfWidth), narrowing = f32x4.splat(record.narrowing);
  const b = f32x4.splat(record.b), c = f32x4.splat(record.c), peak = f32x4.splat(record.peak), a16 = f32x4.splat(16 * record.a);
  const lanes = f32x4.mul(f32x4(0, 1, 2, 3), f32x4.splat(<f32>stride));
  for (let row = first; row <= last; row += 4) {
    const dy = f32x4.add(f32x4.splat(<f32>(row * stride) - centreY), lanes), slope = f32x4.mul(b, dy);
    const square = f32x4.sub(halfWidth, f32x4.mul(narrowing, f32x4.mul(dy, dy)));
    const half = f32x4.sqrt(f32x4.pmax(square, zero)), middle = f32x4.sub(centreX, f32x4.mul(slant, dy));
    const from = f32x4.pmax(f32x4.ceil(f32x4.sub(middle, half)), zero), to = f32x4.pmin(f32x4.floor(f32x4.add(middle, half)), end);
    const none = v128.or(f32x4.lt(square, zero), f32x4.lt(to, from));
    const firstVector = i32x4.shr_s(toInt(from), 2), lastVector = i32x4.shr_s(toInt(f32x4.pmax(to, zero)), 2);
    const at = scratch + (<usize>(row - first) << 2);
    v128.store(at + FIRST_VECTOR, v128.bitselect(one, firstVector, none));
    v128.store(at + LAST_VECTOR, v128.andnot(lastVector, none));
    v128.store(at + SLOPE, slope);
    v128.store(at + HEIGHT, f32x4.add(f32x4.mul(f32x4.mul(c, dy), dy), peak));
    v128.store(at + RISE, multiplyAdd(four, slope, a16));
  }
}

/** Whether all pixels are finished. */
function isFinished(plan: SplatPlan, scratch: usize): bool {
  const least = f32x4.splat(plan.minTransmittance);
  for (let at = scratch, end = at + <usize>rows * PLANE_ROW; at < end; at += PLANE_ROW) {
    const most = f32x4.pmax(f32x4.pmax(v128.load(at, LIGHT), v128.load(at, LIGHT + 16)), f32x4.pmax(v128.load(at, LIGHT + 32), v128.load(at, LIGHT + 48)));
    if (v128.any_true(f32x4.gt(most, least))) return false;
  }
  return true;
}

/**
 * Vectors that the loops over pixels need, in memory: V8 keeps what is loaded in a register or on the stack, but makes a constant, or a vector of
 * four times the same number, anew wherever it is needed, in three instructions: half as many again as a loop has otherwise.
 */
const KEPT = memory.data<f32>([
  12582912, 12582912, 12582912, 12582912,
  9.6728e-3, 9.6728e-3, 9.6728e-3, 9.6728e-3,
  5.5828e-2, 5.5828e-2, 5.5828e-2, 5.5828e-2,
  0.2402227, 0.2402227, 0.2402227, 0.2402227,
  0.6931471, 0.6931471, 0.6931471, 0.6931471,
  1, 1, 1, 1,
  // The first pixel of each vector of a row.
  0, 0, 0, 0,
  4, 4, 4, 4,
  8, 8, 8, 8,
  12, 12, 12, 12,
], 16);
const ONE_AT: usize = 80, FIRST_PIXELS_AT: usize = 96;

// @ts-ignore: decorator
@inline
export function keptOne(): v128 {
  return v128.load(KEPT, ONE_AT);
}

/** Column, in the tile, of a vector's first pixel, four times. */
// @ts-ignore: decorator
@inline
export function firstPixel(vector: i32): v128 {
  return v128.load(KEPT + (<usize>vector << 4), FIRST_PIXELS_AT);
}

/**
 * 2^x for x in [-126, 126], relative error 4e-6 (polynomial of degree 4). Vectors reach at most 3 pixels out of an ellipse whose narrowest variance
 * is the pixel's blur: with 0.1 pixels² or more, x is above -120 there.
 */
// @ts-ignore: decorator
@inline
function powerOf2(x: v128, magic: v128, c4: v128, c3: v128, c2: v128, c1: v128, one: v128): v128 {
  const rounded = f32x4.add(x, magic), f = f32x4.sub(x, f32x4.sub(rounded, magic));
  let y = multiplyAdd(f, c4, c3);
  y = multiplyAdd(y, f, c2);
  y = multiplyAdd(y, f, c1);
  y = multiplyAdd(y, f, one);
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
  const zero = f32x4.splat(0), rest = f32x4.splat(FRONT_REST);
  const cutoff = v128.load32_splat(changetype<usize>(plan), offsetof<SplatPlan>('cutoff')), one = keptOne();
  const magic = v128.load(KEPT), c4 = v128.load(KEPT, 16), c3 = v128.load(KEPT, 32), c2 = v128.load(KEPT, 48), c1 = v128.load(KEPT, 64);
  for (let at = scratch, end = scratch + <usize>rows * PLANE_ROW; at < end; at += 16) {
    v128.store(at, one, LIGHT);
    v128.store(at, zero, COLOR); v128.store(at, zero, COLOR + PLANE); v128.store(at, zero, COLOR + 2 * PLANE);
  }
  let spans = scratch + spansAt(plan), alphas = scratch + alphasAt(plan);
  let entry = list;
  for (; entry < endOfList; entry += offsetof<Record>()) {
    if (((entry - list) & 448) == 448 && isFinished(plan, scratch)) break;
    const record = changetype<Record>(entry);
    const first = firstRowFrom(record.top), last = lastRowTo(record.bottom);
    if (keep) {
      store<u8>(spans, <u8>min(first, TILE_SIDE)); store<u8>(spans, <u8>(last + 1), 1);
      spans += 2;
    }
    if (last < first) continue;
    findVectors(record, first, last, scratch);
    const a = v128.load32_splat(entry, offsetof<Record>('a')), a8 = f32x4.splat(8 * record.a), bend = f32x4.splat(32 * record.a);
    const begin = fromLeft(record);
    const red = v128.load32_splat(entry, offsetof<Record>('red')), green = v128.load32_splat(entry, offsetof<Record>('green')), blue = v128.load32_splat(entry, offsetof<Record>('blue'));
    for (let row = first; row <= last; row++) {
      const index = scratch + (<usize>(row - first) << 2);
      const from = load<i32>(index, FIRST_VECTOR), to = load<i32>(index, LAST_VECTOR);
      if (keep) {
        store<u8>(spans, <u8>from); store<u8>(spans, <u8>to, 1);
        spans += 2;
      }
      if (to < from) continue;
      const dx = f32x4.add(begin, firstPixel(from));
      // log2 of alpha is a parabola along the row: from a vector to the next its value and its slope change by sums.
      let power = multiplyAdd(multiplyAdd(a, dx, v128.load32_splat(index, SLOPE)), dx, v128.load32_splat(index, HEIGHT));
      let rise = multiplyAdd(a8, dx, v128.load32_splat(index, RISE));
      let at = scratch + <usize>row * PLANE_ROW + (<usize>from << 4);
      for (const end = at + (<usize>(to - from) << 4); at <= end; at += 16) {
        const full = powerOf2(power, magic, c4, c3, c2, c1, one), alpha = v128.and(full, f32x4.ge(full, cutoff));
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
