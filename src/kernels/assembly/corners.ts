// The eight corners of the grid's cells around a tile of samples: where their entries lie in the table, and how much each weighs. Left in
// the thread's own memory, four samples at a time: [8][64] addresses, then [8][64] weights; corner c is (x + c % 2, y + c / 2 % 2, z + c / 4).
import { Level } from './level';
import { ROW, multiplyAdd, toInt } from './simd';
import { threadMemory } from './thread';

const PRIME_Y: u32 = 2654435761;
const PRIME_Z: u32 = 805459861;

/** Bytes from a corner's address to its weight. */
export const WEIGHTS: usize = 2048;

/** Addresses of the corners (0, y, z) and (1, y, z): offsets of hashed levels are combined by xor, those of dense ones added. */
// @ts-ignore: decorator
@inline
function storeAddresses(to: usize, hashed: bool, base: v128, last: v128, x0: v128, x1: v128, y: v128, z: v128): void {
  if (hashed) {
    const yz = v128.xor(y, z);
    v128.store(to, i32x4.add(base, v128.and(v128.xor(x0, yz), last)));
    v128.store(to, i32x4.add(base, v128.and(v128.xor(x1, yz), last)), ROW);
  } else {
    // Positions outside the cube read some entry of the level, never other memory.
    const yz = i32x4.add(y, z);
    v128.store(to, i32x4.add(base, i32x4.min_u(i32x4.add(x0, yz), last)));
    v128.store(to, i32x4.add(base, i32x4.min_u(i32x4.add(x1, yz), last)), ROW);
  }
}

/**
 * @param table address of the level's first entry
 * @param entryBytes bytes of an entry, a power of 2
 * @param positions [count][4]: x, y, z in [0, 1], any w; read up to a multiple of four
 * @param count at most 64
 * @returns where addresses and weights were left
 */
export function locateCorners(level: Level, table: usize, entryBytes: u32, positions: usize, count: i32): usize {
  const corners = threadMemory();
  const hashed = level.hashed != 0;
  const scale = f32x4.splat(level.scale), half = f32x4.splat(0.5), one = f32x4.splat(1);
  const strideX = i32x4.splat(entryBytes);
  const strideY = i32x4.splat((hashed ? PRIME_Y : level.strideY) * entryBytes), strideZ = i32x4.splat((hashed ? PRIME_Z : level.strideZ) * entryBytes);
  const base = i32x4.splat(<i32>table), last = i32x4.splat((level.entries - 1) * entryBytes);
  const end = corners + (<usize>count << 2);
  for (let to = corners; to < end; to += 16) {
    const p0 = v128.load(positions), p1 = v128.load(positions, 16), p2 = v128.load(positions, 32), p3 = v128.load(positions, 48);
    const xy01 = v128.shuffle<f32>(p0, p1, 0, 4, 1, 5), xy23 = v128.shuffle<f32>(p2, p3, 0, 4, 1, 5);
    const px = multiplyAdd(v128.shuffle<f32>(xy01, xy23, 0, 1, 4, 5), scale, half);
    const py = multiplyAdd(v128.shuffle<f32>(xy01, xy23, 2, 3, 6, 7), scale, half);
    const pz = multiplyAdd(v128.shuffle<f32>(v128.shuffle<f32>(p0, p1, 2, 6, 3, 7), v128.shuffle<f32>(p2, p3, 2, 6, 3, 7), 0, 1, 4, 5), scale, half);
    const cx = f32x4.floor(px), cy = f32x4.floor(py), cz = f32x4.floor(pz);
    const x0 = i32x4.mul(toInt(cx), strideX), y0 = i32x4.mul(toInt(cy), strideY), z0 = i32x4.mul(toInt(cz), strideZ);
    const x1 = i32x4.add(x0, strideX), y1 = i32x4.add(y0, strideY), z1 = i32x4.add(z0, strideZ);
    storeAddresses(to, hashed, base, last, x0, x1, y0, z0);
    storeAddresses(to + 2 * ROW, hashed, base, last, x0, x1, y1, z0);
    storeAddresses(to + 4 * ROW, hashed, base, last, x0, x1, y0, z1);
    storeAddresses(to + 6 * ROW, hashed, base, last, x0, x1, y1, z1);
    const wx1 = f32x4.sub(px, cx), wy1 = f32x4.sub(py, cy), wz1 = f32x4.sub(pz, cz);
    const wx0 = f32x4.sub(one, wx1), wy0 = f32x4.sub(one, wy1), wz0 = f32x4.sub(one, wz1);
    const w00 = f32x4.mul(wy0, wz0), w10 = f32x4.mul(wy1, wz0), w01 = f32x4.mul(wy0, wz1), w11 = f32x4.mul(wy1, wz1);
    v128.store(to, f32x4.mul(wx0, w00), WEIGHTS);
    v128.store(to, f32x4.mul(wx1, w00), WEIGHTS + ROW);
    v128.store(to, f32x4.mul(wx0, w10), WEIGHTS + 2 * ROW);
    v128.store(to, f32x4.mul(wx1, w10), WEIGHTS + 3 * ROW);
    v128.store(to, f32x4.mul(wx0, w01), WEIGHTS + 4 * ROW);
    v128.store(to, f32x4.mul(wx1, w01), WEIGHTS + 5 * ROW);
    v128.store(to, f32x4.mul(wx0, w11), WEIGHTS + 6 * ROW);
    v128.store(to, f32x4.mul(wx1, w11), WEIGHTS + 7 * ROW);
    positions += 64;
  }
  return corners;
}
