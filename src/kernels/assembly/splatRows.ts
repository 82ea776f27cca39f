// Four rows of a parameter at a time, as vectors of one number of each: splats are computed in fours.
import { transposeBlock } from './transpose';

/**
 * A store by halves. Of two whole ones side by side V8 14 (Node 26, vectors of 8) makes one of 32 bytes, and over some of what leads to such a pair its compiler
 * breaks down ("unreachable code"), and with it the process: test/kernels/optimizedKernels.test.ts compiles all kernels.
 */
// @ts-ignore: decorator
@inline
export function storeHalves(to: usize, value: v128): void {
  v128.store64_lane(to, value, 0);
  v128.store64_lane(to, value, 1, 8);
}

/** Columns of 4 rows of 3 numbers, 12 in all, go to `to`, `to + 16`, `to + 32`. */
// @ts-ignore: decorator
@inline
export function loadRowsOf3(from: usize, to: usize): void {
  const a = v128.load(from), b = v128.load(from, 16), c = v128.load(from, 32);
  v128.store(to, v128.shuffle<f32>(v128.shuffle<f32>(a, b, 0, 3, 6, 6), c, 0, 1, 2, 5));
  v128.store(to, v128.shuffle<f32>(v128.shuffle<f32>(a, b, 1, 4, 7, 7), c, 0, 1, 2, 6), 16);
  v128.store(to, v128.shuffle<f32>(v128.shuffle<f32>(a, b, 2, 5, 5, 5), c, 0, 1, 4, 7), 32);
}

// @ts-ignore: decorator
@inline
export function storeRowsOf3(to: usize, x: v128, y: v128, z: v128): void {
  const low = v128.shuffle<f32>(x, y, 0, 4, 1, 5), high = v128.shuffle<f32>(x, y, 2, 6, 3, 7);
  v128.store(to, v128.shuffle<f32>(low, z, 0, 1, 4, 2));
  v128.store(to, v128.shuffle<f32>(v128.shuffle<f32>(low, z, 3, 5, 3, 3), high, 0, 1, 4, 5), 16);
  v128.store(to, v128.shuffle<f32>(z, high, 2, 6, 7, 3), 32);
}

/** Columns of 4 rows of `width` numbers, each 16 bytes from `to` on. Up to 3 numbers behind the last row are read. */
export function loadRows(from: usize, width: i32, to: usize): void {
  const bytes = <usize>width << 2;
  for (let column = 0; column < width; column += 4) {
    const at = from + (<usize>column << 2);
    transposeBlock(at, bytes, to + (<usize>column << 4), 16);
  }
}

/** The reverse of loadRows; nothing behind the last row is written. */
export function storeRows(from: usize, width: i32, to: usize): void {
  const bytes = <usize>width << 2;
  const whole = width & ~3;
  for (let column = 0; column < whole; column += 4) {
    const at = from + (<usize>column << 4);
    transposeBlock(at, 16, to + (<usize>column << 2), bytes);
  }
  for (let column = whole; column < width; column++)
    for (let row = 0; row < 4; row++)
      store<f32>(to + <usize>row * bytes + (<usize>column << 2), load<f32>(from + (<usize>column << 4) + (<usize>row << 2)));
}
