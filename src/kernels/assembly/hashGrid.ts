// Multiresolution hash grid (Müller et al. 2022, "Instant Neural Graphics Primitives", section 3; layout of tiny-cuda-nn:
// dense levels where they fit, else a hash by primes; positions are scaled by (cells - 1) and shifted by a half).
// Works on a tile of samples and one level at a time: first all corners (corners.ts), then nothing but loads, so that many are under way.
import { WEIGHTS, locateCorners } from './corners';
import { Level } from './level';
import { ROW, TILE, multiplyAdd } from './simd';

const CORNERS: usize = 8 * ROW;

/** Entries of one feature: rows[0][s] = sum over the corners of weight * entry. */
function gather1(corners: usize, rows: usize, count: i32): void {
  const end = corners + (<usize>count << 2);
  for (; corners < end; corners += 16) {
    let at = corners, sum = f32x4.splat(0);
    do {
      let entries = v128.load32_lane(load<u32>(at, 4), v128.load32_zero(load<u32>(at)), 1);
      entries = v128.load32_lane(load<u32>(at, 12), v128.load32_lane(load<u32>(at, 8), entries, 2), 3);
      sum = multiplyAdd(v128.load(at, WEIGHTS), entries, sum);
      at += ROW;
    } while (at < corners + CORNERS);
    v128.store(rows, sum);
    rows += 16;
  }
}

/** Entries of two features, as gather1 into two rows. */
function gather2(corners: usize, rows: usize, count: i32): void {
  const end = corners + (<usize>count << 2);
  for (; corners < end; corners += 16) {
    let at = corners, first = f32x4.splat(0), second = first;
    do {
      const a = v128.load64_lane(load<u32>(at, 4), v128.load64_zero(load<u32>(at)), 1);
      const b = v128.load64_lane(load<u32>(at, 12), v128.load64_zero(load<u32>(at, 8)), 1);
      const weight = v128.load(at, WEIGHTS);
      first = multiplyAdd(weight, v128.shuffle<f32>(a, b, 0, 2, 4, 6), first);
      second = multiplyAdd(weight, v128.shuffle<f32>(a, b, 1, 3, 5, 7), second);
      at += ROW;
    } while (at < corners + CORNERS);
    v128.store(rows, first);
    v128.store(rows, second, ROW);
    rows += 16;
  }
}

/** Entries of four features, as gather1 into four rows. */
function gather4(corners: usize, rows: usize, count: i32): void {
  const end = corners + (<usize>count << 2);
  for (; corners < end; corners += 16) {
    let at = corners, a = f32x4.splat(0), b = a, c = a, d = a;
    do {
      a = multiplyAdd(v128.load32_splat(at, WEIGHTS), v128.load(load<u32>(at)), a);
      b = multiplyAdd(v128.load32_splat(at, WEIGHTS + 4), v128.load(load<u32>(at, 4)), b);
      c = multiplyAdd(v128.load32_splat(at, WEIGHTS + 8), v128.load(load<u32>(at, 8)), c);
      d = multiplyAdd(v128.load32_splat(at, WEIGHTS + 12), v128.load(load<u32>(at, 12)), d);
      at += ROW;
    } while (at < corners + CORNERS);
    const ab01 = v128.shuffle<f32>(a, b, 0, 4, 1, 5), ab23 = v128.shuffle<f32>(a, b, 2, 6, 3, 7);
    const cd01 = v128.shuffle<f32>(c, d, 0, 4, 1, 5), cd23 = v128.shuffle<f32>(c, d, 2, 6, 3, 7);
    v128.store(rows, v128.shuffle<f32>(ab01, cd01, 0, 1, 4, 5));
    v128.store(rows, v128.shuffle<f32>(ab01, cd01, 2, 3, 6, 7), ROW);
    v128.store(rows, v128.shuffle<f32>(ab23, cd23, 0, 1, 4, 5), 2 * ROW);
    v128.store(rows, v128.shuffle<f32>(ab23, cd23, 2, 3, 6, 7), 3 * ROW);
    rows += 16;
  }
}

/**
 * Encodes `count` positions (see encodeTiles) at one level, in whole groups of four; `row` is where its first feature's row lies in a tile.
 */
export function encodeLevel(level: Level, features: i32, table: usize, positions: usize, tiles: usize, tileBytes: usize, row: usize, count: i32): void {
  const entryBytes = <usize>features << 2, base = table + <usize>level.firstEntry * entryBytes;
  let rows = tiles + row;
  for (let first = 0; first < count; first += TILE) {
    const samples = min(TILE, count - first);
    const corners = locateCorners(level, base, entryBytes, positions + (<usize>first << 4), samples);
    if (features == 4) gather4(corners, rows, samples);
    else if (features == 2) gather2(corners, rows, samples);
    else gather1(corners, rows, samples);
    rows += tileBytes;
  }
}

/**
 * Encodes `count` positions [count][4] (x, y, z in [0, 1], any w) at all levels into tiles [tile][rows][64]; row of level l is l * features.
 * @param tileBytes bytes of a tile: (at least levels * features) rows
 */
export function encodeTiles(levels: usize, levelCount: i32, features: i32, table: usize, positions: usize, tiles: usize, tileBytes: usize, count: i32): void {
  for (let l = 0; l < levelCount; l++)
    encodeLevel(changetype<Level>(levels + <usize>l * offsetof<Level>()), features, table, positions, tiles, tileBytes, <usize>(l * features) * ROW, count);
}

/** entry += weight * rows[0][s], for each sample's corners in order. */
function scatter1(corners: usize, rows: usize, count: i32): void {
  const end = corners + (<usize>count << 2);
  for (; corners < end; corners += 4) {
    const dy = load<f32>(rows);
    let at = corners;
    do {
      const entry = <usize>load<u32>(at);
      store<f32>(entry, load<f32>(entry) + load<f32>(at, WEIGHTS) * dy);
      at += ROW;
    } while (at < corners + CORNERS);
    rows += 4;
  }
}

/** As scatter1, for two features. */
function scatter2(corners: usize, rows: usize, count: i32): void {
  const end = corners + (<usize>count << 2);
  for (; corners < end; corners += 4) {
    const dy = v128.load32_lane(rows + ROW, v128.load32_zero(rows), 1);
    let at = corners;
    do {
      const entry = <usize>load<u32>(at);
      v128.store64_lane(entry, multiplyAdd(v128.load32_splat(at, WEIGHTS), dy, v128.load64_zero(entry)), 0);
      at += ROW;
    } while (at < corners + CORNERS);
    rows += 4;
  }
}

/** As scatter1, for four features. */
function scatter4(corners: usize, rows: usize, count: i32): void {
  const end = corners + (<usize>count << 2);
  for (; corners < end; corners += 4) {
    let dy = v128.load32_lane(rows + ROW, v128.load32_zero(rows), 1);
    dy = v128.load32_lane(rows + 3 * ROW, v128.load32_lane(rows + 2 * ROW, dy, 2), 3);
    let at = corners;
    do {
      const entry = <usize>load<u32>(at);
      v128.store(entry, multiplyAdd(v128.load32_splat(at, WEIGHTS), dy, v128.load(entry)));
      at += ROW;
    } while (at < corners + CORNERS);
    rows += 4;
  }
}

/** Adds one level's gradient of `count` samples (tiles as in encodeTiles) to its part of the table's gradient, in order. */
export function scatterTiles(level: Level, features: i32, gradient: usize, positions: usize, tiles: usize, tileBytes: usize, row: usize, count: i32): void {
  const entryBytes = <usize>features << 2, base = gradient + <usize>level.firstEntry * entryBytes;
  let rows = tiles + row;
  for (let first = 0; first < count; first += TILE) {
    const samples = min(TILE, count - first);
    const corners = locateCorners(level, base, entryBytes, positions + (<usize>first << 4), samples);
    if (features == 4) scatter4(corners, rows, samples);
    else if (features == 2) scatter2(corners, rows, samples);
    else scatter1(corners, rows, samples);
    rows += tileBytes;
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
  const level = changetype<Level>(levels + <usize>l * offsetof<Level>());
  const entryBytes = <usize>features << 2;
  memory.fill(gradient + <usize>level.firstEntry * entryBytes, 0, <usize>level.entries * entryBytes);
  scatterTiles(level, features, gradient, positions, tiles, tileBytes, <usize>(l * features) * ROW, count);
}
