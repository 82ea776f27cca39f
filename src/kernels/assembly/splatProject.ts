// Projecting splats: what of them the camera sees, as records, and which tiles of the picture each meets.
import { dot3, ownProjection, projectCentres, projectShapes, Projection } from './splatProjection';
import { colorsAt, viewOf } from './splatHarmonics';
import { CHUNK, Record, SplatPlan, TILE_SIDE, chunkAt, recordAt, tileHeight } from './splatPlan';
import { multiplyAdd, toInt } from './simd';
import { storeTransposed } from './transpose';

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
  /** Tiles that its bounding box meets: first and last row, first column and the one after the last. */
  firstRow: v128; lastRow: v128; firstColumn: v128; afterColumn: v128;
  /** Flags, should it meet a tile. */
  flags: v128;
}

// @ts-ignore: decorator
@inline
function footprintOf(p: Projection): Footprint {
  return changetype<Footprint>(changetype<usize>(p) + offsetof<Projection>('logScale0'));
}

/** Unit = a bundle of chunks, which counts what it has for each tile. */
export function splatProject(bundle: i32, address: usize): void {
  const plan = changetype<SplatPlan>(address), bytes = <usize>(plan.tilesX * plan.tilesY) << 2, counts = plan.tileCounts + <usize>bundle * bytes;
  memory.fill(counts, 0, bytes);
  const chunks = (plan.count + CHUNK - 1) / CHUNK, last = min((bundle + 1) * plan.bundleChunks, chunks);
  for (let chunk = bundle * plan.bundleChunks; chunk < last; chunk++) projectChunk(plan, chunk, counts);
}

function projectChunk(plan: SplatPlan, chunk: i32, counts: usize): void {
  const p = ownProjection(), foot = changetype<usize>(footprintOf(p)), state = chunkAt(plan, chunk);
  const first = chunk * CHUNK, end = min(plan.count, first + CHUNK);
  const spans = plan.spans + <usize>chunk * <usize>plan.spanBytes;
  let cursor = spans, visible = 0, pairs = 0;
  for (let block = first; block < end; block += 4) {
    store<u32>(plan.flags + <usize>block, 0);
    if (!projectCentres(plan, p, block)) continue;
    projectShapes(plan, p, block);
    const mask = footprints(plan, p) & (end - block < 4 ? (1 << (end - block)) - 1 : 15) & (plan.crop ? withinCrop(plan.crop, p) : 15);
    if (mask == 0) continue;
    colorsAt(plan, p, block);
    writeRecords(plan, p, block);
    v128.store(plan.depths + (<usize>block << 2), p.depth);
    for (let lane = 0; lane < 4; lane++) {
      if ((mask >> lane & 1) == 0) continue;
      const splat = block + lane, record = recordAt(plan, splat), at = foot + (<usize>lane << 2);
      const next = writeSpans(plan, record, at, counts, cursor);
      if (record.tiles == 0) continue;
      cursor = next;
      store<u8>(plan.flags + <usize>splat, load<u8>(at, offsetof<Footprint>('flags')));
      store<i32>(plan.inView + (<usize>(first + visible++) << 2), splat);
      record.firstPair = pairs;
      pairs += record.tiles;
    }
  }
  state.visible = visible;
  state.pairs = pairs;
}

/** @returns the lanes of the splats whose centres lie in the box */
function withinCrop(crop: usize, p: Projection): i32 {
  let mask = 15;
  for (let row = crop; row < crop + 48; row += 16) {
    const along = f32x4.add(dot3(v128.load32_splat(row), p.worldX, v128.load32_splat(row, 4), p.worldY, v128.load32_splat(row, 8), p.worldZ), v128.load32_splat(row, 12));
    mask &= i32x4.bitmask(f32x4.le(f32x4.abs(along), f32x4.splat(1)));
  }
  return mask;
}

/** Where each of four splats is above the cutoff. @returns the lanes that are somewhere in the picture */
function footprints(plan: SplatPlan, p: Projection): i32 {
  const foot = footprintOf(p), zero = f32x4.splat(0);
  // Nothing is quite opaque: what lies behind keeps a gradient. The opacity's own gradient goes on as if it were not so.
  const peak = log2x4(f32x4.pmin(p.opacity, f32x4.splat(MOST_OPAQUE)));
  // Half the squared Mahalanobis distance at which alpha has fallen to the cutoff.
  const limit = multiplyAdd(peak, f32x4.splat(0.6931471805599453), f32x4.splat(<f32>0.5 * plan.reach * plan.reach));
  const two = f32x4.add(limit, limit), inside = f32x4.pmax(two, f32x4.splat(2e-6));
  const rx = f32x4.sqrt(f32x4.mul(inside, p.xx)), ry = f32x4.sqrt(f32x4.mul(inside, p.yy));
  const half = f32x4.splat(0.5), left = f32x4.sub(p.x, rx), right = f32x4.add(p.x, rx), top = f32x4.sub(p.y, ry), bottom = f32x4.add(p.y, ry);
  const seen = v128.and(
    v128.and(v128.and(p.valid, f32x4.gt(limit, zero)), v128.and(f32x4.gt(right, half), f32x4.lt(left, f32x4.splat(<f32>plan.width - 0.5)))),
    v128.and(f32x4.gt(bottom, half), f32x4.lt(top, f32x4.splat(<f32>plan.height - 0.5))),
  );
  // Whether a row of pixels that is looked at lies between top and bottom: small splats fall between two of them.
  const perStride = f32x4.splat(<f32>1 / <f32>plan.rowStride), phase = f32x4.splat(<f32>plan.rowPhase + <f32>0.5);
  const upper = f32x4.ceil(f32x4.mul(f32x4.sub(top, phase), perStride)), lower = f32x4.floor(f32x4.mul(f32x4.sub(bottom, phase), perStride));
  const mask = i32x4.bitmask(v128.and(seen, f32x4.le(upper, lower)));
  if (mask == 0) return 0;
  const inverse = f32x4.div(f32x4.splat(1), p.yy), ratio = f32x4.mul(p.determinant, inverse);
  foot.peak = peak; foot.radiusX = rx; foot.radiusY = ry;
  foot.slant = f32x4.neg(f32x4.mul(p.xy, inverse));
  foot.halfWidth = f32x4.mul(inside, ratio);
  foot.narrowing = f32x4.mul(ratio, inverse);
  foot.widestRow = f32x4.mul(f32x4.div(p.xy, p.xx), rx);
  const height = f32x4.splat(<f32>tileHeight(plan)), perSide = f32x4.splat(<f32>1 / <f32>TILE_SIDE);
  const lastRow = f32x4.floor(f32x4.div(f32x4.sub(bottom, half), height)), lastColumn = f32x4.floor(f32x4.mul(f32x4.sub(right, half), perSide));
  foot.firstRow = toInt(f32x4.pmax(f32x4.floor(f32x4.div(f32x4.sub(top, half), height)), zero));
  foot.lastRow = toInt(f32x4.pmin(lastRow, f32x4.splat(<f32>(plan.tilesY - 1))));
  foot.firstColumn = toInt(f32x4.pmax(f32x4.floor(f32x4.mul(f32x4.add(left, f32x4.splat(0.499)), perSide)), zero));
  foot.afterColumn = toInt(f32x4.pmin(f32x4.add(lastColumn, f32x4.splat(1)), f32x4.splat(<f32>plan.tilesX)));
  return mask;
}

/** Records and flags of four splats, whether in view or not. */
function writeRecords(plan: SplatPlan, p: Projection, block: i32): void {
  const foot = footprintOf(p), view = viewOf(p), zero = f32x4.splat(0), to = changetype<usize>(recordAt(plan, block));
  const toPower = f32x4.splat(-0.7213475204444817); // -log2(e) / 2
  const red = f32x4.pmax(zero, view.red), green = f32x4.pmax(zero, view.green), blue = f32x4.pmax(zero, view.blue);
  storeTransposed(to, 64, p.x, p.y, f32x4.mul(toPower, p.a), f32x4.mul(f32x4.add(toPower, toPower), p.b));
  storeTransposed(to + 16, 64, f32x4.mul(toPower, p.c), foot.peak, red, green);
  storeTransposed(to + 32, 64, blue, foot.slant, foot.halfWidth, foot.narrowing);
  storeTransposed(to + 48, 64, f32x4.sub(p.y, foot.radiusY), f32x4.add(p.y, foot.radiusY), zero, zero);
  const isRed = v128.and(f32x4.gt(red, zero), i32x4.splat(RED)), isGreen = v128.and(f32x4.gt(green, zero), i32x4.splat(GREEN));
  foot.flags = v128.or(v128.or(isRed, isGreen), v128.or(v128.and(f32x4.gt(blue, zero), i32x4.splat(BLUE)), i32x4.splat(IN_VIEW)));
}

// @ts-ignore: decorator
@inline
function count(counts: usize, first: i32, after: i32): void {
  for (let at = counts + (<usize>first << 2), end = counts + (<usize>after << 2); at < end; at += 4) store<i32>(at, load<i32>(at) + 1);
}

/** Half the width of the ellipse in the row dy. */
// @ts-ignore: decorator
@inline
function halfWidthAt(record: Record, dy: f32): f32 {
  return sqrt<f32>(max<f32>(record.halfWidth - record.narrowing * dy * dy, 0));
}

/**
 * Writes the tiles whose pixel centres the ellipse may hold, row by row, and counts them for the tiles.
 * @param foot its lane of the footprint
 * @param counts [tiles] int32
 * @returns the end of what was written
 */
// @ts-ignore: decorator
@inline
function writeSpans(plan: SplatPlan, record: Record, foot: usize, counts: usize, to: usize): usize {
  const firstRow = load<i32>(foot, offsetof<Footprint>('firstRow')), lastRow = load<i32>(foot, offsetof<Footprint>('lastRow'));
  store<u16>(to, <u16>firstRow);
  store<u16>(to, <u16>lastRow, 2);
  if (firstRow < lastRow) return writeRows(plan, record, load<f32>(foot, offsetof<Footprint>('widestRow')), counts, firstRow, lastRow, to + 4);
  const first = load<i32>(foot, offsetof<Footprint>('firstColumn')), after = max(first, load<i32>(foot, offsetof<Footprint>('afterColumn')));
  store<u16>(to, <u16>first, 4);
  store<u16>(to, <u16>after, 6);
  count(counts + (<usize>(firstRow * plan.tilesX) << 2), first, after);
  record.tiles = after - first;
  return to + 8;
}

/** Of an ellipse that reaches over several rows of tiles: the first tile, and the one after the last, of each. */
function writeRows(plan: SplatPlan, record: Record, widestRow: f32, counts: usize, firstRow: i32, lastRow: i32, to: usize): usize {
  const height = <f32>tileHeight(plan), half: f32 = 0.5, side = <f32>TILE_SIDE;
  const top = record.top - record.y, bottom = record.bottom - record.y;
  let tiles = 0;
  for (let row = firstRow; row <= lastRow; row++, to += 4) {
    const above = max<f32>(<f32>row * height + half - record.y, top), below = min<f32>(<f32>(row + 1) * height - half - record.y, bottom);
    // Extremes of the ellipse in these rows: at its widest row, or at the nearest to it that is among them.
    const atRight = min<f32>(max<f32>(widestRow, above), below), atLeft = min<f32>(max<f32>(-widestRow, above), below);
    const right = record.x - record.slant * atRight + halfWidthAt(record, atRight);
    const left = record.x - record.slant * atLeft - halfWidthAt(record, atLeft);
    const first = max(0, <i32>floor<f32>((left + <f32>0.499) / side));
    let after = min(plan.tilesX, <i32>floor<f32>((right - half) / side) + 1);
    if (above > below) after = first;
    after = max(after, first);
    store<u16>(to, <u16>first);
    store<u16>(to, <u16>after, 2);
    count(counts + (<usize>(row * plan.tilesX) << 2), first, after);
    tiles += after - first;
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
