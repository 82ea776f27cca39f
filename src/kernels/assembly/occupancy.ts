// The occupancy grid's updates: density at random points of cells, decayed maximum, one bit a cell.
import { shrinkAt } from './contraction';
import { MAX_LOG_DENSITY, densityTile } from './density';
import { encodeTiles } from './hashGrid';
import { Plan } from './plan';
import { uniformAt, randomAt } from './rng';
import { ROW, TILE, exp4 } from './simd';
import { threadIndex } from './thread';

/** Cells of one work unit. */
const UNIT_CELLS: i32 = 1024;

/**
 * Unit = 1,024 cells: evaluates the density at a random point of each.
 * @param cells [count] int32: which (level, z, y, x); out
 * @param values [count] float32: density x smallest step; out
 * @param sweep first cell of a systematic sweep, or -1: cells at random, every other one preferring occupied cells when `preferOccupied`
 * @param pool [total] int32: the cells to draw from; 0: all, of which there are `total`
 */
export function occupancySample(unit: i32, address: usize, count: i32, cells: usize, values: usize, key: u32, sweep: i32, preferOccupied: i32, step: f32, pool: usize, total: i32): void {
  const plan = changetype<Plan>(address);
  const scratch = plan.scratch + <usize>threadIndex() * plan.scratchBytes;
  const tile = scratch, positions = tile + <usize>plan.encoded * ROW, hidden = positions + TILE * 16;
  const resolution = plan.resolution;
  const cell: f32 = <f32>1 / <f32>resolution;
  memory.fill(tile, 0, <usize>plan.encoded * ROW);
  const end = min(count, (unit + 1) * UNIT_CELLS);
  for (let first = unit * UNIT_CELLS; first < end; first += TILE) {
    for (let k = first; k < first + TILE; k++) {
      const random = <u32>k << 4;
      let c = cellOf(pool, sweep >= 0 ? (sweep + k) % total : <i32>(<u64>randomAt(key, random) * total >> 32));
      if (sweep < 0 && preferOccupied && (k & 1))
        for (let attempt: u32 = 1; attempt < 12; attempt++) {
          if ((load<u8>(plan.bits + (<usize>c >> 3)) >> <u8>(c & 7)) & 1) break;
          c = cellOf(pool, <i32>(<u64>randomAt(key, random + attempt) * total >> 32));
        }
      store<i32>(cells + (<usize>k << 2), c);
      const x = c % resolution, y = (c / resolution) % resolution, z = (c / (resolution * resolution)) % resolution;
      const scale = <f32>(1 << (c / (resolution * resolution * resolution)));
      const at = positions + (<usize>(k - first) << 4);
      const dx = ((<f32>x + uniformAt(key, random + 12)) * cell - <f32>0.5) * scale;
      const dy = ((<f32>y + uniformAt(key, random + 13)) * cell - <f32>0.5) * scale;
      const dz = ((<f32>z + uniformAt(key, random + 14)) * cell - <f32>0.5) * scale;
      const shrink = shrinkAt(plan, max(max(abs<f32>(dx), abs<f32>(dy)), abs<f32>(dz)));
      store<f32>(at, dx * shrink + <f32>0.5);
      store<f32>(at, dy * shrink + <f32>0.5, 4);
      store<f32>(at, dz * shrink + <f32>0.5, 8);
    }
    encodeTiles(plan.levelTable, plan.gridLevels, plan.gridFeatures, plan.table, positions, tile, <usize>plan.encoded * ROW, TILE);
    const raw = densityTile(plan, tile, hidden, 4);
    const out = values + (<usize>first << 2);
    for (let i: usize = 0; i < ROW; i += 16)
      v128.store(out + i, f32x4.mul(exp4(f32x4.pmin(f32x4.add(v128.load(raw + i), f32x4.splat(plan.densityBias)), f32x4.splat(MAX_LOG_DENSITY))), f32x4.splat(step)));
  }
}

// @ts-ignore: decorator
@inline
function cellOf(pool: usize, index: i32): i32 {
  return pool ? load<i32>(pool + (<usize>index << 2)) : index;
}

/** Cells above it were never evaluated (src/models/instantNgp/occupancyGrid.ts). */
const UNKNOWN: f32 = 1e8;

/** grid[cell] = max(grid[cell] * decay, value), in order; cells below 0 (seen by no camera) stay. */
export function occupancyApply(count: i32, cells: usize, values: usize, grid: usize, decay: f32): void {
  for (let k = 0; k < count; k++) {
    const at = grid + (<usize>load<i32>(cells + (<usize>k << 2)) << 2);
    const old = load<f32>(at);
    const value = load<f32>(values + (<usize>k << 2));
    if (old >= 0) store<f32>(at, old > UNKNOWN ? value : max(old * decay, value));
  }
}

/** Sum over the cells of min(max(cell, 0), 1). */
export function occupancySum(grid: usize, cells: i32): f64 {
  let total: f64 = 0;
  for (let i = 0; i < cells; i += 4096) {
    let sum = f32x4.splat(0);
    const end = min(cells, i + 4096);
    for (let k = i; k < end; k += 4)
      sum = f32x4.add(sum, f32x4.max(f32x4.min(v128.load(grid + (<usize>k << 2)), f32x4.splat(1)), f32x4.splat(0)));
    total += <f64>(f32x4.extract_lane(sum, 0) + f32x4.extract_lane(sum, 1) + f32x4.extract_lane(sum, 2) + f32x4.extract_lane(sum, 3));
  }
  return total;
}

/** Sets bit = cell > threshold, and the coarse bits. @returns number of occupied cells */
export function occupancyBits(grid: usize, bits: usize, coarseBits: usize, levels: i32, resolution: i32, threshold: f32): i32 {
  const cells = levels * resolution * resolution * resolution;
  const limit = f32x4.splat(threshold);
  let occupied = 0;
  for (let i = 0; i < cells; i += 8) {
    const at = grid + (<usize>i << 2);
    const byte = i32x4.bitmask(f32x4.gt(v128.load(at), limit)) | (i32x4.bitmask(f32x4.gt(v128.load(at, 16), limit)) << 4);
    store<u8>(bits + (<usize>i >> 3), <u8>byte);
    occupied += popcnt(byte);
  }
  occupancyCoarseBits(bits, coarseBits, levels, resolution);
  return occupied;
}

/** One bit for each 4 x 4 x 4 cells: whether any of them is occupied. */
export function occupancyCoarseBits(bits: usize, coarseBits: usize, levels: i32, resolution: i32): void {
  const cells = levels * resolution * resolution * resolution, coarse = resolution >> 2;
  memory.fill(coarseBits, 0, <usize>(levels * coarse * coarse * coarse + 7) >> 3);
  for (let i = 0; i < cells; i += 8) {
    const byte = <i32>load<u8>(bits + (<usize>i >> 3));
    if (byte == 0) continue;
    const row = i / resolution, x = (i - row * resolution) >> 2;
    const c = ((row / resolution >> 2) * coarse + (row % resolution >> 2)) * coarse + x;
    if (byte & 15) setBit(coarseBits, c);
    if (byte & 240) setBit(coarseBits, c + 1);
  }
}

// @ts-ignore: decorator
@inline
function setBit(bits: usize, index: i32): void {
  const at = bits + (<usize>index >> 3);
  store<u8>(at, load<u8>(at) | (<u8>1 << <u8>(index & 7)));
}
