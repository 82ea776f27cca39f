// Multiresolution hash grid (Müller et al. 2022, "Instant Neural Graphics Primitives", section 3; layout of tiny-cuda-nn:
// dense levels where they fit, else a hash by primes; positions are scaled by (cells - 1) and shifted by a half).
import { ROW, TILE, multiplyAdd, toInt } from './simd';

const PRIME_Y: u32 = 2654435761;
const PRIME_Z: u32 = 805459861;

/** One level of a grid; 32 bytes, written by src/fields/hashGridLevels.ts. */
@unmanaged
export class Level {
  scale: f32;
  strideY: u32;
  strideZ: u32;
  hashed: i32;
  mask: u32;
  /** Entries before this level. */
  firstEntry: u32;
  entries: u32;
  unused: i32;
}

// @ts-ignore: decorator
@inline
function entryIndex(hashed: bool, mask: u32, x: u32, y: u32, z: u32): u32 {
  return hashed ? (x ^ y ^ z) & mask : x + y + z;
}

/** Reads `features` floats of an entry into the low lanes. */
// @ts-ignore: decorator
@inline
function readEntry(table: usize, index: u32, features: i32): v128 {
  if (features == 4) return v128.load(table + (<usize>index << 4));
  if (features == 2) return v128.load64_zero(table + (<usize>index << 3));
  return v128.load32_zero(table + (<usize>index << 2));
}

/** entry += value, in the low `features` lanes. */
// @ts-ignore: decorator
@inline
function addToEntry(table: usize, index: u32, features: i32, value: v128): void {
  if (features == 4) {
    const at = table + (<usize>index << 4);
    v128.store(at, f32x4.add(v128.load(at), value));
  } else if (features == 2) {
    const at = table + (<usize>index << 3);
    v128.store64_lane(at, f32x4.add(v128.load64_zero(at), value), 0);
  } else {
    const at = table + (<usize>index << 2);
    store<f32>(at, load<f32>(at) + f32x4.extract_lane(value, 0));
  }
}

// @ts-ignore: decorator
@inline
function encodeOne(table: usize, position: v128, scale: v128, hashed: bool, mask: u32, my: u32, mz: u32, features: i32): v128 {
  const p = multiplyAdd(position, scale, f32x4.splat(0.5));
  const base = f32x4.floor(p);
  const f = f32x4.sub(p, base);
  const corner = toInt(base);
  const x0 = <u32>i32x4.extract_lane(corner, 0);
  const y0 = <u32>i32x4.extract_lane(corner, 1) * my;
  const z0 = <u32>i32x4.extract_lane(corner, 2) * mz;
  const x1 = x0 + 1, y1 = y0 + my, z1 = z0 + mz;
  const g = f32x4.sub(f32x4.splat(1), f);
  const wx0 = v128.shuffle<f32>(g, g, 0, 0, 0, 0), wx1 = v128.shuffle<f32>(f, f, 0, 0, 0, 0);
  const wy0 = v128.shuffle<f32>(g, g, 1, 1, 1, 1), wy1 = v128.shuffle<f32>(f, f, 1, 1, 1, 1);
  const wz0 = v128.shuffle<f32>(g, g, 2, 2, 2, 2), wz1 = v128.shuffle<f32>(f, f, 2, 2, 2, 2);
  let a = f32x4.mul(wx0, readEntry(table, entryIndex(hashed, mask, x0, y0, z0), features));
  a = f32x4.mul(f32x4.mul(wy0, wz0), multiplyAdd(wx1, readEntry(table, entryIndex(hashed, mask, x1, y0, z0), features), a));
  let b = f32x4.mul(wx0, readEntry(table, entryIndex(hashed, mask, x0, y1, z0), features));
  b = f32x4.mul(f32x4.mul(wy1, wz0), multiplyAdd(wx1, readEntry(table, entryIndex(hashed, mask, x1, y1, z0), features), b));
  let c = f32x4.mul(wx0, readEntry(table, entryIndex(hashed, mask, x0, y0, z1), features));
  a = multiplyAdd(f32x4.mul(wy0, wz1), multiplyAdd(wx1, readEntry(table, entryIndex(hashed, mask, x1, y0, z1), features), c), a);
  let d = f32x4.mul(wx0, readEntry(table, entryIndex(hashed, mask, x0, y1, z1), features));
  b = multiplyAdd(f32x4.mul(wy1, wz1), multiplyAdd(wx1, readEntry(table, entryIndex(hashed, mask, x1, y1, z1), features), d), b);
  return f32x4.add(a, b);
}

/** Entries of the corners x and x + 1, of two features each: [x.0, x.1, (x + 1).0, (x + 1).1]. */
// @ts-ignore: decorator
@inline
function readPair(table: usize, hashed: bool, mask: u32, x: u32, yz: u32): v128 {
  if (!hashed) return v128.load(table + (<usize>(x + yz) << 3));
  const first = v128.load64_zero(table + (<usize>((x ^ yz) & mask) << 3));
  return v128.load64_lane(table + (<usize>(((x + 1) ^ yz) & mask) << 3), first, 1);
}

/** encodeOne for two features: both corners along x share a vector. */
// @ts-ignore: decorator
@inline
function encodePair(table: usize, position: v128, scale: v128, hashed: bool, mask: u32, my: u32, mz: u32): v128 {
  const p = multiplyAdd(position, scale, f32x4.splat(0.5));
  const base = f32x4.floor(p);
  const f = f32x4.sub(p, base), g = f32x4.sub(f32x4.splat(1), f);
  const corner = toInt(base);
  const x = <u32>i32x4.extract_lane(corner, 0);
  const y0 = <u32>i32x4.extract_lane(corner, 1) * my, y1 = y0 + my;
  const z0 = <u32>i32x4.extract_lane(corner, 2) * mz, z1 = z0 + mz;
  const wx = v128.shuffle<f32>(g, f, 0, 0, 4, 4);
  const wy0 = v128.shuffle<f32>(g, g, 1, 1, 1, 1), wy1 = v128.shuffle<f32>(f, f, 1, 1, 1, 1);
  const wz0 = f32x4.mul(wx, v128.shuffle<f32>(g, g, 2, 2, 2, 2)), wz1 = f32x4.mul(wx, v128.shuffle<f32>(f, f, 2, 2, 2, 2));
  let a = f32x4.mul(f32x4.mul(wz0, wy0), readPair(table, hashed, mask, x, hashed ? y0 ^ z0 : y0 + z0));
  let b = f32x4.mul(f32x4.mul(wz0, wy1), readPair(table, hashed, mask, x, hashed ? y1 ^ z0 : y1 + z0));
  a = multiplyAdd(f32x4.mul(wz1, wy0), readPair(table, hashed, mask, x, hashed ? y0 ^ z1 : y0 + z1), a);
  b = multiplyAdd(f32x4.mul(wz1, wy1), readPair(table, hashed, mask, x, hashed ? y1 ^ z1 : y1 + z1), b);
  a = f32x4.add(a, b);
  return f32x4.add(a, v128.shuffle<f32>(a, a, 2, 3, 2, 3));
}

// @ts-ignore: decorator
@inline
function storeFeatures(out: usize, features: i32, value: v128): void {
  v128.store32_lane(out, value, 0);
  if (features >= 2) v128.store32_lane(out + ROW, value, 1);
  if (features == 4) {
    v128.store32_lane(out + 2 * ROW, value, 2);
    v128.store32_lane(out + 3 * ROW, value, 3);
  }
}

// @ts-ignore: decorator
@inline
function encodeSamples(level: Level, table: usize, positions: usize, tiles: usize, tileBytes: usize, row: usize, count: i32, features: i32, hashed: bool): void {
  const scale = f32x4.splat(level.scale), mask = level.mask;
  const my = hashed ? PRIME_Y : level.strideY, mz = hashed ? PRIME_Z : level.strideZ;
  const base = table + <usize>level.firstEntry * (<usize>features << 2);
  for (let s = 0; s < count; s++) {
    const position = v128.load(positions + (<usize>s << 4));
    const value = features == 2 ? encodePair(base, position, scale, hashed, mask, my, mz) : encodeOne(base, position, scale, hashed, mask, my, mz, features);
    storeFeatures(tiles + <usize>(s / TILE) * tileBytes + row + (<usize>(s & (TILE - 1)) << 2), features, value);
  }
}

/** Encodes `count` positions (see encodeTiles) at one level; `row` is where its first feature's row lies in a tile. */
export function encodeLevel(level: Level, features: i32, table: usize, positions: usize, tiles: usize, tileBytes: usize, row: usize, count: i32): void {
  if (features == 4) {
    if (level.hashed) encodeSamples(level, table, positions, tiles, tileBytes, row, count, 4, true);
    else encodeSamples(level, table, positions, tiles, tileBytes, row, count, 4, false);
  } else if (features == 2) {
    if (level.hashed) encodeSamples(level, table, positions, tiles, tileBytes, row, count, 2, true);
    else encodeSamples(level, table, positions, tiles, tileBytes, row, count, 2, false);
  } else {
    if (level.hashed) encodeSamples(level, table, positions, tiles, tileBytes, row, count, 1, true);
    else encodeSamples(level, table, positions, tiles, tileBytes, row, count, 1, false);
  }
}

/**
 * Encodes `count` positions [count][4] (x, y, z in [0, 1], any w) at all levels into tiles [tile][rows][64]; row of level l is l * features.
 * @param tileBytes bytes of a tile: (at least levels * features) rows
 */
export function encodeTiles(levels: usize, levelCount: i32, features: i32, table: usize, positions: usize, tiles: usize, tileBytes: usize, count: i32): void {
  for (let l = 0; l < levelCount; l++)
    encodeLevel(changetype<Level>(levels + (<usize>l << 5)), features, table, positions, tiles, tileBytes, <usize>(l * features) * ROW, count);
}

// @ts-ignore: decorator
@inline
function loadFeatures(at: usize, features: i32): v128 {
  let g = v128.load32_zero(at);
  if (features >= 2) g = v128.load32_lane(at + ROW, g, 1);
  if (features == 4) {
    g = v128.load32_lane(at + 2 * ROW, g, 2);
    g = v128.load32_lane(at + 3 * ROW, g, 3);
  }
  return g;
}

/** Adds to the entries of the corners x and x + 1 (see readPair). */
// @ts-ignore: decorator
@inline
function addToPair(table: usize, hashed: bool, mask: u32, x: u32, yz: u32, value: v128): void {
  if (!hashed) {
    const at = table + (<usize>(x + yz) << 3);
    v128.store(at, f32x4.add(v128.load(at), value));
    return;
  }
  const first = table + (<usize>((x ^ yz) & mask) << 3), second = table + (<usize>(((x + 1) ^ yz) & mask) << 3);
  v128.store64_lane(first, f32x4.add(v128.load64_zero(first), value), 0);
  v128.store64_lane(second, f32x4.add(v128.load64_zero(second), v128.shuffle<f32>(value, value, 2, 3, 2, 3)), 0);
}

// @ts-ignore: decorator
@inline
function scatterSamples(level: Level, gradient: usize, positions: usize, tiles: usize, tileBytes: usize, row: usize, count: i32, features: i32, hashed: bool): void {
  const scale = f32x4.splat(level.scale), mask = level.mask;
  const my = hashed ? PRIME_Y : level.strideY, mz = hashed ? PRIME_Z : level.strideZ;
  for (let s = 0; s < count; s++) {
    const position = v128.load(positions + (<usize>s << 4));
    if (f32x4.extract_lane(position, 3) < 0) continue;
    const dy = loadFeatures(tiles + <usize>(s / TILE) * tileBytes + row + (<usize>(s & (TILE - 1)) << 2), features);
    const p = multiplyAdd(position, scale, f32x4.splat(0.5));
    const base = f32x4.floor(p);
    const f = f32x4.sub(p, base);
    const corner = toInt(base);
    const x0 = <u32>i32x4.extract_lane(corner, 0);
    const y0 = <u32>i32x4.extract_lane(corner, 1) * my;
    const z0 = <u32>i32x4.extract_lane(corner, 2) * mz;
    const x1 = x0 + 1, y1 = y0 + my, z1 = z0 + mz;
    const g = f32x4.sub(f32x4.splat(1), f);
    if (features == 2) {
      const wx = f32x4.mul(v128.shuffle<f32>(dy, dy, 0, 1, 0, 1), v128.shuffle<f32>(g, f, 0, 0, 4, 4));
      const wy0 = v128.shuffle<f32>(g, g, 1, 1, 1, 1), wy1 = v128.shuffle<f32>(f, f, 1, 1, 1, 1);
      const wz0 = f32x4.mul(wx, v128.shuffle<f32>(g, g, 2, 2, 2, 2)), wz1 = f32x4.mul(wx, v128.shuffle<f32>(f, f, 2, 2, 2, 2));
      addToPair(gradient, hashed, mask, x0, hashed ? y0 ^ z0 : y0 + z0, f32x4.mul(wz0, wy0));
      addToPair(gradient, hashed, mask, x0, hashed ? y1 ^ z0 : y1 + z0, f32x4.mul(wz0, wy1));
      addToPair(gradient, hashed, mask, x0, hashed ? y0 ^ z1 : y0 + z1, f32x4.mul(wz1, wy0));
      addToPair(gradient, hashed, mask, x0, hashed ? y1 ^ z1 : y1 + z1, f32x4.mul(wz1, wy1));
      continue;
    }
    const d0 = f32x4.mul(dy, v128.shuffle<f32>(g, g, 0, 0, 0, 0)), d1 = f32x4.mul(dy, v128.shuffle<f32>(f, f, 0, 0, 0, 0));
    const wy0 = v128.shuffle<f32>(g, g, 1, 1, 1, 1), wy1 = v128.shuffle<f32>(f, f, 1, 1, 1, 1);
    const wz0 = v128.shuffle<f32>(g, g, 2, 2, 2, 2), wz1 = v128.shuffle<f32>(f, f, 2, 2, 2, 2);
    const a = f32x4.mul(wy0, wz0), b = f32x4.mul(wy1, wz0), c = f32x4.mul(wy0, wz1), d = f32x4.mul(wy1, wz1);
    addToEntry(gradient, entryIndex(hashed, mask, x0, y0, z0), features, f32x4.mul(a, d0));
    addToEntry(gradient, entryIndex(hashed, mask, x1, y0, z0), features, f32x4.mul(a, d1));
    addToEntry(gradient, entryIndex(hashed, mask, x0, y1, z0), features, f32x4.mul(b, d0));
    addToEntry(gradient, entryIndex(hashed, mask, x1, y1, z0), features, f32x4.mul(b, d1));
    addToEntry(gradient, entryIndex(hashed, mask, x0, y0, z1), features, f32x4.mul(c, d0));
    addToEntry(gradient, entryIndex(hashed, mask, x1, y0, z1), features, f32x4.mul(c, d1));
    addToEntry(gradient, entryIndex(hashed, mask, x0, y1, z1), features, f32x4.mul(d, d0));
    addToEntry(gradient, entryIndex(hashed, mask, x1, y1, z1), features, f32x4.mul(d, d1));
  }
}

/** Adds one level's gradient of `count` samples (tiles as in encodeTiles; a sample with w < 0 is skipped) to its part of the table's gradient. */
export function scatterTiles(level: Level, features: i32, gradient: usize, positions: usize, tiles: usize, tileBytes: usize, row: usize, count: i32): void {
  const base = gradient + <usize>level.firstEntry * (<usize>features << 2);
  if (features == 4) {
    if (level.hashed) scatterSamples(level, base, positions, tiles, tileBytes, row, count, 4, true);
    else scatterSamples(level, base, positions, tiles, tileBytes, row, count, 4, false);
  } else if (features == 2) {
    if (level.hashed) scatterSamples(level, base, positions, tiles, tileBytes, row, count, 2, true);
    else scatterSamples(level, base, positions, tiles, tileBytes, row, count, 2, false);
  } else {
    if (level.hashed) scatterSamples(level, base, positions, tiles, tileBytes, row, count, 1, true);
    else scatterSamples(level, base, positions, tiles, tileBytes, row, count, 1, false);
  }
}

/** Unit = chunk of 1,024 samples: encodes positions [count][4] into tiles [count / 64][rows][64]. */
export function hashGridForward(unit: i32, levels: usize, levelCount: i32, features: i32, table: usize, positions: usize, tiles: usize, tileBytes: usize, count: i32): void {
  const first = unit << 10;
  encodeTiles(levels, levelCount, features, table, positions + (<usize>first << 4), tiles + <usize>(first / TILE) * tileBytes, tileBytes, min(1024, count - first));
}

/** Unit = level, finest first: gradient of the table, written anew. */
export function hashGridBackward(unit: i32, levels: usize, levelCount: i32, features: i32, gradient: usize, positions: usize, tiles: usize, tileBytes: usize, count: i32): void {
  const l = levelCount - 1 - unit;
  const level = changetype<Level>(levels + (<usize>l << 5));
  const entryBytes = <usize>features << 2;
  memory.fill(gradient + <usize>level.firstEntry * entryBytes, 0, <usize>level.entries * entryBytes);
  scatterTiles(level, features, gradient, positions, tiles, tileBytes, <usize>(l * features) * ROW, count);
}
