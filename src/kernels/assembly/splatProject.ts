// Projecting splats: what of them the camera sees, as records, and which tiles of the picture each meets.
import { ownProjection, projectCentres, projectShapes, Projection } from './splatProjection';
import { View, colorsAt, viewOf } from './splatHarmonics';
import { CHUNK, Record, SplatPlan, TILE_SIDE, chunkAt, recordAt, tileHeight } from './splatPlan';
import { multiplyAdd } from './simd';
import { threadIndex } from './thread';

/** Flags of a splat: in view; red, green, blue above 0. */
export const IN_VIEW: u8 = 1;
const MOST_OPAQUE: f32 = 0.99;
const RED: u8 = 2, GREEN: u8 = 4, BLUE: u8 = 8;

/** What turns four projections into records; it takes the place of what is no longer needed of the projection. */
@unmanaged
class Footprint {
  peak: v128;
  radiusX: v128; radiusY: v128;
  slant: v128; halfWidth: v128; narrowing: v128;
  /** Row, from the centre, in which the ellipse reaches farthest to the right. */
  widestRow: v128;
}

// @ts-ignore: decorator
@inline
function footprintOf(p: Projection): Footprint {
  return changetype<Footprint>(changetype<usize>(p) + offsetof<Projection>('logScale0'));
}

/** Unit = a chunk of splats. */
export function splatProject(chunk: i32, address: usize): void {
  const plan = changetype<SplatPlan>(address), p = ownProjection(), state = chunkAt(plan, chunk);
  const first = chunk * CHUNK, end = min(plan.count, first + CHUNK);
  state.visible = 0;
  state.pairs = 0;
  const spans = plan.spans + <usize>chunk * <usize>plan.spanBytes;
  let cursor = spans;
  for (let block = first; block < end; block += 4) {
    store<u32>(plan.flags + <usize>block, 0);
    if (!projectCentres(plan, p, block)) continue;
    projectShapes(plan, p, block);
    const mask = footprints(plan, p) & (end - block < 4 ? (1 << (end - block)) - 1 : 15);
    if (mask == 0) continue;
    colorsAt(plan, p, block);
    for (let lane = 0; lane < 4; lane++) {
      if ((mask >> lane & 1) == 0) continue;
      const splat = block + lane, record = recordAt(plan, splat);
      writeRecord(p, lane, record);
      const next = writeSpans(plan, record, laneOf(changetype<usize>(p) + offsetof<Projection>('logScale0') + offsetof<Footprint>('widestRow'), lane), cursor);
      if (record.tiles == 0) continue;
      store<u32>(plan.spanOffsets + (<usize>splat << 2), <u32>(cursor - spans));
      cursor = next;
      store<f32>(plan.depths + (<usize>splat << 2), laneOf(changetype<usize>(p) + offsetof<Projection>('depth'), lane));
      store<u8>(plan.flags + <usize>splat, IN_VIEW | (record.red > 0 ? RED : 0) | (record.green > 0 ? GREEN : 0) | (record.blue > 0 ? BLUE : 0));
      record.red = max(record.red, 0); record.green = max(record.green, 0); record.blue = max(record.blue, 0);
      store<i32>(plan.inView + (<usize>(first + state.visible++) << 2), splat);
      record.firstPair = state.pairs;
      state.pairs += record.tiles;
    }
  }
}

// @ts-ignore: decorator
@inline
function laneOf(vector: usize, lane: i32): f32 {
  return load<f32>(vector + (<usize>lane << 2));
}

/** Where each of four splats is above the cutoff. @returns the lanes that are somewhere in the picture */
function footprints(plan: SplatPlan, p: Projection): i32 {
  const foot = footprintOf(p), zero = f32x4.splat(0);
  // Nothing is quite opaque: what lies behind keeps a gradient. The opacity's own gradient goes on as if it were not so.
  const peak = log2x4(f32x4.pmin(p.opacity, f32x4.splat(MOST_OPAQUE)));
  // Half the squared Mahalanobis distance at which alpha has fallen to the cutoff.
  const limit = multiplyAdd(peak, f32x4.splat(0.6931471805599453), f32x4.splat(<f32>(-Math.log(<f64>plan.cutoff))));
  const two = f32x4.add(limit, limit), inside = f32x4.pmax(two, f32x4.splat(2e-6));
  const rx = f32x4.sqrt(f32x4.mul(inside, p.xx)), ry = f32x4.sqrt(f32x4.mul(inside, p.yy));
  const half = f32x4.splat(0.5), right = f32x4.splat(<f32>plan.width - 0.5), bottom = f32x4.splat(<f32>plan.height - 0.5);
  const seen = v128.and(
    v128.and(v128.and(p.valid, f32x4.gt(limit, zero)), v128.and(f32x4.gt(f32x4.add(p.x, rx), half), f32x4.lt(f32x4.sub(p.x, rx), right))),
    v128.and(f32x4.gt(f32x4.add(p.y, ry), half), f32x4.lt(f32x4.sub(p.y, ry), bottom)),
  );
  const inverse = f32x4.div(f32x4.splat(1), p.yy), ratio = f32x4.mul(p.determinant, inverse);
  foot.peak = peak; foot.radiusX = rx; foot.radiusY = ry;
  foot.slant = f32x4.neg(f32x4.mul(p.xy, inverse));
  foot.halfWidth = f32x4.mul(inside, ratio);
  foot.narrowing = f32x4.mul(ratio, inverse);
  foot.widestRow = f32x4.mul(f32x4.div(p.xy, p.xx), rx);
  return i32x4.bitmask(seen);
}

function writeRecord(p: Projection, lane: i32, record: Record): void {
  const at = changetype<usize>(p), foot = changetype<usize>(footprintOf(p)), view = changetype<usize>(viewOf(p));
  const toPower: f32 = -0.7213475204444817; // -log2(e) / 2
  const y = laneOf(at + offsetof<Projection>('y'), lane), ry = laneOf(foot + offsetof<Footprint>('radiusY'), lane);
  record.x = laneOf(at + offsetof<Projection>('x'), lane);
  record.y = y;
  record.a = toPower * laneOf(at + offsetof<Projection>('a'), lane);
  record.b = 2 * toPower * laneOf(at + offsetof<Projection>('b'), lane);
  record.c = toPower * laneOf(at + offsetof<Projection>('c'), lane);
  record.peak = laneOf(foot + offsetof<Footprint>('peak'), lane);
  record.red = laneOf(view + offsetof<View>('red'), lane);
  record.green = laneOf(view + offsetof<View>('green'), lane);
  record.blue = laneOf(view + offsetof<View>('blue'), lane);
  record.slant = laneOf(foot + offsetof<Footprint>('slant'), lane);
  record.halfWidth = laneOf(foot + offsetof<Footprint>('halfWidth'), lane);
  record.narrowing = laneOf(foot + offsetof<Footprint>('narrowing'), lane);
  record.top = y - ry;
  record.bottom = y + ry;
}

/** Half the width of the ellipse in the row dy. */
// @ts-ignore: decorator
@inline
function halfWidthAt(record: Record, dy: f32): f32 {
  return sqrt<f32>(max<f32>(record.halfWidth - record.narrowing * dy * dy, 0));
}

/** Writes the tiles whose pixel centres the ellipse may hold, row by row, and counts them for the tiles. @returns the end of what was written */
function writeSpans(plan: SplatPlan, record: Record, widestRow: f32, to: usize): usize {
  const height = <f32>tileHeight(plan), half: f32 = 0.5, side = <f32>TILE_SIDE;
  const counts = plan.tileCounts + (<usize>(threadIndex() * plan.tilesX * plan.tilesY) << 2);
  const firstRow = record.top < half ? 0 : <i32>floor<f32>((record.top - half) / height);
  const lastRow = min(plan.tilesY - 1, <i32>floor<f32>((record.bottom - half) / height));
  store<u16>(to, <u16>firstRow);
  store<u16>(to, <u16>lastRow, 2);
  to += 4;
  const top = record.top - record.y, bottom = record.bottom - record.y;
  let tiles = 0;
  for (let row = firstRow; row <= lastRow; row++) {
    const above = max<f32>(<f32>row * height + half - record.y, top), below = min<f32>(<f32>(row + 1) * height - half - record.y, bottom);
    // Extremes of the ellipse in these rows: at its widest row, or at the nearest to it that is among them.
    const atRight = min<f32>(max<f32>(widestRow, above), below), atLeft = min<f32>(max<f32>(-widestRow, above), below);
    const right = record.x - record.slant * atRight + halfWidthAt(record, atRight);
    const left = record.x - record.slant * atLeft - halfWidthAt(record, atLeft);
    // The first tile has a pixel centre at or right of `left`.
    const first = left < half ? 0 : <i32>floor<f32>((left - half + <f32>0.999) / side);
    let last = right < half ? -1 : min(plan.tilesX - 1, <i32>floor<f32>((right - half) / side));
    if (above > below) last = first - 1;
    last = max(last, first - 1);
    store<u16>(to, <u16>first);
    store<u16>(to, <u16>(last + 1), 2);
    to += 4;
    for (let column = first; column <= last; column++) {
      const count = counts + (<usize>(row * plan.tilesX + column) << 2);
      store<i32>(count, load<i32>(count) + 1);
    }
    tiles += last + 1 - first;
  }
  record.tiles = tiles;
  return to;
}

/** log2 of normal numbers, absolute error < 1e-6: the exponent, and a series of atanh for a mantissa between 1/sqrt 2 and sqrt 2. */
function log2x4(x: v128): v128 {
  const exponent = i32x4.shr_s(i32x4.sub(x, i32x4.splat(0x3f3504f3)), 23);
  const m = i32x4.sub(x, i32x4.shl(exponent, 23)), one = f32x4.splat(1);
  const s = f32x4.div(f32x4.sub(m, one), f32x4.add(m, one)), ss = f32x4.mul(s, s);
  let y = multiplyAdd(ss, f32x4.splat(0.41219859), f32x4.splat(0.57707802));
  y = multiplyAdd(y, ss, f32x4.splat(0.96179669));
  y = multiplyAdd(y, ss, f32x4.splat(2.88539008));
  return multiplyAdd(y, s, f32x4.convert_i32x4_s(exponent));
}
