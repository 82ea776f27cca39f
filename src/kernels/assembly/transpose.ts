// Between rows and columns: blocks of 4 x 4 numbers, and with them rows of samples [64][width], as tensors have them, and tiles [width][64], as the
// networks' kernels want them.
import { ROW, TILE } from './simd';

/** 4 numbers of each of 4 rows: their transpose goes to 4 rows of the target. */
// @ts-ignore: decorator
@inline
export function transposeBlock(from: usize, fromBytes: usize, to: usize, toBytes: usize): void {
  storeTransposed(to, toBytes, v128.load(from), v128.load(from + fromBytes), v128.load(from + 2 * fromBytes), v128.load(from + 3 * fromBytes));
}

/** The transpose of the 4 x 4 numbers a, b, c, d goes to 4 places `toBytes` apart. */
// @ts-ignore: decorator
@inline
export function storeTransposed(to: usize, toBytes: usize, a: v128, b: v128, c: v128, d: v128): void {
  const ab0 = v128.shuffle<f32>(a, b, 0, 4, 1, 5), ab1 = v128.shuffle<f32>(a, b, 2, 6, 3, 7);
  const cd0 = v128.shuffle<f32>(c, d, 0, 4, 1, 5), cd1 = v128.shuffle<f32>(c, d, 2, 6, 3, 7);
  v128.store(to, v128.shuffle<i64>(ab0, cd0, 0, 2));
  v128.store(to + toBytes, v128.shuffle<i64>(ab0, cd0, 1, 3));
  v128.store(to + 2 * toBytes, v128.shuffle<i64>(ab1, cd1, 0, 2));
  v128.store(to + 3 * toBytes, v128.shuffle<i64>(ab1, cd1, 1, 3));
}

/** tile[w][s] = rows[s][w]; samples from `count` on and rows from `width` to `paddedWidth` become 0. */
export function rowsToTile(rows: usize, tile: usize, width: i32, paddedWidth: i32, count: i32): void {
  const bytes = <usize>width << 2;
  if (count < TILE) memory.fill(tile, 0, <usize>width * ROW);
  memory.fill(tile + <usize>width * ROW, 0, <usize>(paddedWidth - width) * ROW);
  const wholeSamples = count & ~3, wholeColumns = width & ~3;
  for (let s = 0; s < count; s++) {
    const whole = s < wholeSamples;
    const from = rows + <usize>s * bytes, to = tile + (<usize>s << 2);
    if (whole && (s & 3) == 0)
      for (let w = 0; w < wholeColumns; w += 4) transposeBlock(from + (<usize>w << 2), bytes, to + <usize>w * ROW, ROW);
    for (let w = whole ? wholeColumns : 0; w < width; w++) store<f32>(to + <usize>w * ROW, load<f32>(from + (<usize>w << 2)));
  }
}

/** rows[s][w] = tile[w][s] for the first `count` samples. */
export function tileToRows(tile: usize, rows: usize, width: i32, count: i32): void {
  const bytes = <usize>width << 2;
  const wholeSamples = count & ~3, wholeColumns = width & ~3;
  for (let s = 0; s < count; s++) {
    const whole = s < wholeSamples;
    const to = rows + <usize>s * bytes, from = tile + (<usize>s << 2);
    if (whole && (s & 3) == 0)
      for (let w = 0; w < wholeColumns; w += 4) transposeBlock(from + <usize>w * ROW, ROW, to + (<usize>w << 2), bytes);
    for (let w = whole ? wholeColumns : 0; w < width; w++) store<f32>(to + (<usize>w << 2), load<f32>(from + <usize>w * ROW));
  }
}
