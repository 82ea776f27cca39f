// The hash grid's encoding as a tensor operation: rows [samples, levels * features], gradients to the table and to the positions.
import { Level } from './level';
import { horizontalSums, multiplyAdd, toInt } from './simd';

const PRIME_Y: u32 = 2654435761;
const PRIME_Z: u32 = 805459861;
/** Samples of a work unit. */
const UNIT_SAMPLES: i32 = 1024;
/** Samples that go through all levels together: their rows stay in a core's first cache. */
const CHUNK_SAMPLES: i32 = 128;

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

// @ts-ignore: decorator
@inline
function storeFeatures(at: usize, features: i32, value: v128): void {
  if (features == 4) v128.store(at, value);
  else if (features == 2) v128.store64_lane(at, value, 0);
  else v128.store32_lane(at, value, 0);
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

// @ts-ignore: decorator
@inline
function encodeLevel(level: Level, base: usize, positions: usize, out: usize, rowBytes: usize, count: i32, features: i32, hashed: bool): void {
  const scale = f32x4.splat(level.scale), half = f32x4.splat(0.5), mask = level.mask;
  const my = hashed ? PRIME_Y : level.strideY, mz = hashed ? PRIME_Z : level.strideZ;
  for (let s = 0; s < count; s++) {
    const p = multiplyAdd(loadPosition(positions), scale, half);
    const floor = f32x4.floor(p), f = f32x4.sub(p, floor), g = f32x4.sub(f32x4.splat(1), f), corner = toInt(floor);
    const x0 = <u32>i32x4.extract_lane(corner, 0), y0 = <u32>i32x4.extract_lane(corner, 1) * my, z0 = <u32>i32x4.extract_lane(corner, 2) * mz;
    const x1 = x0 + 1, y1 = y0 + my, z1 = z0 + mz;
    const wx0 = splatLane(g, 0), wx1 = splatLane(f, 0), wy0 = splatLane(g, 1), wy1 = splatLane(f, 1), wz0 = splatLane(g, 2), wz1 = splatLane(f, 2);
    let t = f32x4.mul(wx0, loadFeatures(entryAt(base, features, hashed, mask, x0, y0, z0), features));
    let a = f32x4.mul(f32x4.mul(wy0, wz0), multiplyAdd(wx1, loadFeatures(entryAt(base, features, hashed, mask, x1, y0, z0), features), t));
    t = f32x4.mul(wx0, loadFeatures(entryAt(base, features, hashed, mask, x0, y1, z0), features));
    let b = f32x4.mul(f32x4.mul(wy1, wz0), multiplyAdd(wx1, loadFeatures(entryAt(base, features, hashed, mask, x1, y1, z0), features), t));
    t = f32x4.mul(wx0, loadFeatures(entryAt(base, features, hashed, mask, x0, y0, z1), features));
    a = multiplyAdd(f32x4.mul(wy0, wz1), multiplyAdd(wx1, loadFeatures(entryAt(base, features, hashed, mask, x1, y0, z1), features), t), a);
    t = f32x4.mul(wx0, loadFeatures(entryAt(base, features, hashed, mask, x0, y1, z1), features));
    b = multiplyAdd(f32x4.mul(wy1, wz1), multiplyAdd(wx1, loadFeatures(entryAt(base, features, hashed, mask, x1, y1, z1), features), t), b);
    storeFeatures(out, features, f32x4.add(a, b));
    positions += 12; out += rowBytes;
  }
}

// @ts-ignore: decorator
@inline
function addToEntry(at: usize, features: i32, value: v128): void {
  storeFeatures(at, features, f32x4.add(loadFeatures(at, features), value));
}

// @ts-ignore: decorator
@inline
function scatterLevel(level: Level, base: usize, positions: usize, dy: usize, rowBytes: usize, count: i32, features: i32, hashed: bool): void {
  const scale = f32x4.splat(level.scale), half = f32x4.splat(0.5), mask = level.mask;
  const my = hashed ? PRIME_Y : level.strideY, mz = hashed ? PRIME_Z : level.strideZ;
  for (let s = 0; s < count; s++) {
    const d = loadFeatures(dy, features);
    const p = multiplyAdd(loadPosition(positions), scale, half);
    const floor = f32x4.floor(p), f = f32x4.sub(p, floor), g = f32x4.sub(f32x4.splat(1), f), corner = toInt(floor);
    const x0 = <u32>i32x4.extract_lane(corner, 0), y0 = <u32>i32x4.extract_lane(corner, 1) * my, z0 = <u32>i32x4.extract_lane(corner, 2) * mz;
    const x1 = x0 + 1, y1 = y0 + my, z1 = z0 + mz;
    const d0 = f32x4.mul(d, splatLane(g, 0)), d1 = f32x4.mul(d, splatLane(f, 0));
    const wy0 = splatLane(g, 1), wy1 = splatLane(f, 1), wz0 = splatLane(g, 2), wz1 = splatLane(f, 2);
    let w = f32x4.mul(wy0, wz0);
    addToEntry(entryAt(base, features, hashed, mask, x0, y0, z0), features, f32x4.mul(w, d0));
    addToEntry(entryAt(base, features, hashed, mask, x1, y0, z0), features, f32x4.mul(w, d1));
    w = f32x4.mul(wy1, wz0);
    addToEntry(entryAt(base, features, hashed, mask, x0, y1, z0), features, f32x4.mul(w, d0));
    addToEntry(entryAt(base, features, hashed, mask, x1, y1, z0), features, f32x4.mul(w, d1));
    w = f32x4.mul(wy0, wz1);
    addToEntry(entryAt(base, features, hashed, mask, x0, y0, z1), features, f32x4.mul(w, d0));
    addToEntry(entryAt(base, features, hashed, mask, x1, y0, z1), features, f32x4.mul(w, d1));
    w = f32x4.mul(wy1, wz1);
    addToEntry(entryAt(base, features, hashed, mask, x0, y1, z1), features, f32x4.mul(w, d0));
    addToEntry(entryAt(base, features, hashed, mask, x1, y1, z1), features, f32x4.mul(w, d1));
    positions += 12; dy += rowBytes;
  }
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
  return changetype<Level>(levels + (<usize>index << 5));
}

/** Unit = 1,024 samples: out [count, levels * features] from positions [count, 3] in 0..1. */
export function opHashGrid(unit: i32, levels: usize, levelCount: i32, features: i32, table: usize, positions: usize, out: usize, count: i32): void {
  const end = min(count, (unit + 1) * UNIT_SAMPLES);
  for (let first = unit * UNIT_SAMPLES; first < end; first += CHUNK_SAMPLES)
    encodeChunk(levels, levelCount, features, table, positions, out, first, min(CHUNK_SAMPLES, end - first));
}

function encodeChunk(levels: usize, levelCount: i32, features: i32, table: usize, positions: usize, out: usize, first: i32, n: i32): void {
  const rowBytes = <usize>(levelCount * features) << 2;
  const at = positions + <usize>first * 12;
  for (let l = 0; l < levelCount; l++) {
    const level = levelAt(levels, l);
    const base = table + <usize>level.firstEntry * (<usize>features << 2);
    const to = out + <usize>first * rowBytes + (<usize>(l * features) << 2);
    if (features == 4) {
      if (level.hashed) encodeLevel(level, base, at, to, rowBytes, n, 4, true);
      else encodeLevel(level, base, at, to, rowBytes, n, 4, false);
    } else if (features == 2) {
      if (level.hashed) encodeLevel(level, base, at, to, rowBytes, n, 2, true);
      else encodeLevel(level, base, at, to, rowBytes, n, 2, false);
    } else {
      if (level.hashed) encodeLevel(level, base, at, to, rowBytes, n, 1, true);
      else encodeLevel(level, base, at, to, rowBytes, n, 1, false);
    }
  }
}

/** Unit = 1,024 samples: rows [count, levels * features] as [levels][count, features], for passes that want one level. */
export function opHashGridByLevel(unit: i32, levelCount: i32, features: i32, rows: usize, byLevel: usize, count: i32): void {
  const end = min(count, (unit + 1) * UNIT_SAMPLES);
  const bytes = <usize>features << 2, rowBytes = <usize>levelCount * bytes;
  for (let first = unit * UNIT_SAMPLES; first < end; first += CHUNK_SAMPLES) {
    const n = min(CHUNK_SAMPLES, end - first);
    for (let l = 0; l < levelCount; l++) {
      let from = rows + <usize>first * rowBytes + <usize>l * bytes;
      let to = byLevel + (<usize>l * <usize>count + <usize>first) * bytes;
      for (let s = 0; s < n; s++) {
        storeFeatures(to, features, loadFeatures(from, features));
        from += rowBytes; to += bytes;
      }
    }
  }
}

/** Unit = level, finest first: that level's part of the table's gradient, written anew from dy [levels][count, features]. */
export function opHashGridTableGradient(unit: i32, levels: usize, levelCount: i32, features: i32, gradient: usize, positions: usize, dy: usize, count: i32): void {
  const l = levelCount - 1 - unit;
  const level = levelAt(levels, l);
  const entryBytes = <usize>features << 2;
  const base = gradient + <usize>level.firstEntry * entryBytes;
  memory.fill(base, 0, <usize>level.entries * entryBytes);
  const rowBytes = entryBytes;
  const from = dy + <usize>l * <usize>count * entryBytes;
  if (features == 4) {
    if (level.hashed) scatterLevel(level, base, positions, from, rowBytes, count, 4, true);
    else scatterLevel(level, base, positions, from, rowBytes, count, 4, false);
  } else if (features == 2) {
    if (level.hashed) scatterLevel(level, base, positions, from, rowBytes, count, 2, true);
    else scatterLevel(level, base, positions, from, rowBytes, count, 2, false);
  } else {
    if (level.hashed) scatterLevel(level, base, positions, from, rowBytes, count, 1, true);
    else scatterLevel(level, base, positions, from, rowBytes, count, 1, false);
  }
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
