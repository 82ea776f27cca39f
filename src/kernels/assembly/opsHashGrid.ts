// The hash grid's encoding as a tensor operation: rows [samples, levels * features], gradients to the table and to the positions. The kernels
// of hashGrid.ts work on tiles: rows become tiles and tiles rows; the table's gradient is hashGridBackward.
import { encodeLevel } from './hashGrid';
import { Level } from './level';
import { rowsToTile, tileToRows } from './transpose';
import { ROW, TILE, horizontalSums, multiplyAdd, toInt } from './simd';

const PRIME_Y: u32 = 2654435761;
const PRIME_Z: u32 = 805459861;
/** Samples of a work unit. */
const UNIT_SAMPLES: i32 = 1024;
/** A level's tiles are cut into this many pieces. */
const LEVEL_PIECES: i32 = 16;

/** [x, y, z, 0] of a row of [samples, 3]; reads nothing behind it. */
// @ts-ignore: decorator
@inline
function loadPosition(at: usize): v128 {
  return v128.load32_lane(at + 8, v128.load64_zero(at), 2);
}

/** `features` (1, 2, 4) floats into the low lanes, the others 0. */
// @ts-ignore: decorator
@inline
function loadFeatures(at: usize, features: i32): v128 {
  if (features == 4) return v128.load(at);
  if (features == 2) return v128.load64_zero(at);
  return v128.load32_zero(at);
}

/** Address of the entry of a grid point; x, y, z are multiplied by strides (dense) or primes (hashed) already. */
// @ts-ignore: decorator
@inline
function entryAt(base: usize, features: i32, hashed: bool, mask: u32, x: u32, y: u32, z: u32): usize {
  const index = hashed ? (x ^ y ^ z) & mask : x + y + z;
  return base + (<usize>index << (features == 4 ? 4 : features == 2 ? 3 : 2));
}

// @ts-ignore: decorator
@inline
function splatLane(v: v128, lane: i32): v128 {
  if (lane == 0) return v128.shuffle<f32>(v, v, 0, 0, 0, 0);
  if (lane == 1) return v128.shuffle<f32>(v, v, 1, 1, 1, 1);
  return v128.shuffle<f32>(v, v, 2, 2, 2, 2);
}

/** a + share (b - a) */
// @ts-ignore: decorator
@inline
function mix(a: v128, b: v128, share: v128): v128 {
  return multiplyAdd(share, f32x4.sub(b, a), a);
}

/** Adds d loss / d position of one level: the interpolation's slope along each axis, times the gradient of its value. */
// @ts-ignore: decorator
@inline
function slopeLevel(level: Level, base: usize, positions: usize, dy: usize, rowBytes: usize, out: usize, count: i32, features: i32, hashed: bool): void {
  const scale = f32x4.splat(level.scale), half = f32x4.splat(0.5), mask = level.mask;
  const my = hashed ? PRIME_Y : level.strideY, mz = hashed ? PRIME_Z : level.strideZ;
  for (let s = 0; s < count; s++) {
    const p = multiplyAdd(loadPosition(positions), scale, half);
    const floor = f32x4.floor(p), f = f32x4.sub(p, floor), corner = toInt(floor);
    const x0 = <u32>i32x4.extract_lane(corner, 0), y0 = <u32>i32x4.extract_lane(corner, 1) * my, z0 = <u32>i32x4.extract_lane(corner, 2) * mz;
    const x1 = x0 + 1, y1 = y0 + my, z1 = z0 + mz;
    const fx = splatLane(f, 0), fy = splatLane(f, 1), fz = splatLane(f, 2);
    const a = loadFeatures(entryAt(base, features, hashed, mask, x0, y0, z0), features);
    const b = loadFeatures(entryAt(base, features, hashed, mask, x0, y1, z0), features);
    const c = loadFeatures(entryAt(base, features, hashed, mask, x0, y0, z1), features);
    const d = loadFeatures(entryAt(base, features, hashed, mask, x0, y1, z1), features);
    const da = f32x4.sub(loadFeatures(entryAt(base, features, hashed, mask, x1, y0, z0), features), a);
    const db = f32x4.sub(loadFeatures(entryAt(base, features, hashed, mask, x1, y1, z0), features), b);
    const dc = f32x4.sub(loadFeatures(entryAt(base, features, hashed, mask, x1, y0, z1), features), c);
    const dd = f32x4.sub(loadFeatures(entryAt(base, features, hashed, mask, x1, y1, z1), features), d);
    const alongX = mix(mix(da, db, fy), mix(dc, dd, fy), fz);
    const low = multiplyAdd(fx, da, a), lowY = f32x4.sub(multiplyAdd(fx, db, b), low);
    const high = multiplyAdd(fx, dc, c), highY = f32x4.sub(multiplyAdd(fx, dd, d), high);
    const alongY = mix(lowY, highY, fz);
    const alongZ = f32x4.sub(multiplyAdd(fy, highY, high), multiplyAdd(fy, lowY, low));
    const g = loadFeatures(dy, features);
    const slopes = horizontalSums(f32x4.mul(g, alongX), f32x4.mul(g, alongY), f32x4.mul(g, alongZ), f32x4.splat(0));
    const sum = multiplyAdd(slopes, scale, loadPosition(out));
    v128.store64_lane(out, sum, 0);
    v128.store32_lane(out + 8, sum, 2);
    positions += 12; dy += rowBytes; out += 12;
  }
}

// @ts-ignore: decorator
@inline
function levelAt(levels: usize, index: i32): Level {
  return changetype<Level>(levels + <usize>index * offsetof<Level>());
}

/** Unit = 1,024 samples: [count, 3] as [count][4], the last four filled up by the last sample. */
export function opHashGridPositions(unit: i32, positions: usize, padded: usize, count: i32): void {
  const end = min((count + 3) & ~3, (unit + 1) * UNIT_SAMPLES);
  for (let s = unit * UNIT_SAMPLES; s < end; s++)
    v128.store(padded + (<usize>s << 4), loadPosition(positions + <usize>min(s, count - 1) * 12));
}

/** Unit = (level, sixteenth of the tiles), finest level first: one level's table stays in the cache while everybody reads it. */
export function opHashGridEncode(unit: i32, levels: usize, levelCount: i32, features: i32, table: usize, positions: usize, tiles: usize, count: i32): void {
  const l = levelCount - 1 - unit / LEVEL_PIECES, piece = unit % LEVEL_PIECES;
  const tileBytes = <usize>(levelCount * features) * ROW, tileCount = (count + TILE - 1) / TILE;
  const first = tileCount * piece / LEVEL_PIECES, end = tileCount * (piece + 1) / LEVEL_PIECES;
  encodeLevel(levelAt(levels, l), features, table, positions + (<usize>(first * TILE) << 4), tiles + <usize>first * tileBytes, tileBytes, <usize>(l * features) * ROW, min(count, end * TILE) - first * TILE);
}

/** Unit = 1,024 samples: tiles [width][64] as rows [count, width]. */
export function opHashGridRows(unit: i32, tiles: usize, rows: usize, width: i32, count: i32): void {
  const end = min(count, (unit + 1) * UNIT_SAMPLES);
  for (let first = unit * UNIT_SAMPLES; first < end; first += TILE)
    tileToRows(tiles + <usize>(first * width << 2), rows + <usize>(first * width << 2), width, min(TILE, end - first));
}

/** Unit = 1,024 samples: rows [count, width] as tiles [width][64]. */
export function opHashGridTiles(unit: i32, rows: usize, tiles: usize, width: i32, count: i32): void {
  const end = min(count, (unit + 1) * UNIT_SAMPLES);
  for (let first = unit * UNIT_SAMPLES; first < end; first += TILE)
    rowsToTile(rows + <usize>(first * width << 2), tiles + <usize>(first * width << 2), width, width, min(TILE, end - first));
}

/** Unit = 1,024 samples: gradient [count, 3] of the positions. */
export function opHashGridPositionGradient(unit: i32, levels: usize, levelCount: i32, features: i32, table: usize, positions: usize, dy: usize, out: usize, count: i32): void {
  const first = unit * UNIT_SAMPLES, n = min(UNIT_SAMPLES, count - first);
  const entryBytes = <usize>features << 2, rowBytes = <usize>levelCount * entryBytes;
  const at = positions + <usize>first * 12, to = out + <usize>first * 12;
  memory.fill(to, 0, <usize>n * 12);
  for (let l = 0; l < levelCount; l++) {
    const level = levelAt(levels, l);
    const base = table + <usize>level.firstEntry * entryBytes;
    const from = dy + <usize>first * rowBytes + <usize>l * entryBytes;
    if (features == 4) {
      if (level.hashed) slopeLevel(level, base, at, from, rowBytes, to, n, 4, true);
      else slopeLevel(level, base, at, from, rowBytes, to, n, 4, false);
    } else if (features == 2) {
      if (level.hashed) slopeLevel(level, base, at, from, rowBytes, to, n, 2, true);
      else slopeLevel(level, base, at, from, rowBytes, to, n, 2, false);
    } else {
      if (level.hashed) slopeLevel(level, base, at, from, rowBytes, to, n, 1, true);
      else slopeLevel(level, base, at, from, rowBytes, to, n, 1, false);
    }
  }
}
