// The inner loop of matrix products: a tile of c whose sums stay in registers.
import { multiplyAdd } from './simd';

/**
 * Rows and columns of the tile. In vectors of 4: 9 sums, 3 columns' vectors and 3 rows' values are 15 registers; in vectors of 8: 12
 * sums, 2 columns' vectors and a row's value are 15, too. src/tensors/simd/matMulPlan.ts has the same numbers.
 */
export const ROWS: i32 = WIDE ? 6 : 3;
export const COLUMNS: i32 = WIDE ? 16 : 12;
/** Bytes of a step of the depth in a packed panel of rows, and of columns. */
export const ROW_BYTES: usize = WIDE ? 24 : 12;
export const COLUMN_BYTES: usize = WIDE ? 64 : 48;
/** Of a tile, in whole cache lines. */
export const TILE_BYTES: usize = WIDE ? 384 : 192;

/** out[ROWS][COLUMNS] (+)= sum over k of a[k][ROWS] times b[k][COLUMNS]; `depth` at least 1. */
// @ts-ignore: decorator
@inline
export function multiplyTile(a: usize, b: usize, depth: i32, out: usize, rowStep: usize, add: bool): void {
  if (WIDE) multiplyTileWide(a, b, depth, out, rowStep, add);
  else multiplyTileNarrow(a, b, depth, out, rowStep, add);
}

/** out[3][12] (+)= sum over k of a[k][3] times b[k][12] */
function multiplyTileNarrow(a: usize, b: usize, depth: i32, out: usize, rowStep: usize, add: bool): void {
  const zero = f32x4.splat(0);
  let p0 = zero, p1 = zero, p2 = zero, q0 = zero, q1 = zero, q2 = zero, r0 = zero, r1 = zero, r2 = zero;
  const end = a + <usize>depth * ROW_BYTES;
  do {
    const x0 = v128.load(b), x1 = v128.load(b, 16), x2 = v128.load(b, 32);
    let t = v128.load32_splat(a);
    p0 = multiplyAdd(t, x0, p0); p1 = multiplyAdd(t, x1, p1); p2 = multiplyAdd(t, x2, p2);
    t = v128.load32_splat(a, 4);
    q0 = multiplyAdd(t, x0, q0); q1 = multiplyAdd(t, x1, q1); q2 = multiplyAdd(t, x2, q2);
    t = v128.load32_splat(a, 8);
    r0 = multiplyAdd(t, x0, r0); r1 = multiplyAdd(t, x1, r1); r2 = multiplyAdd(t, x2, r2);
    a += ROW_BYTES; b += COLUMN_BYTES;
  } while (a < end);
  put(out, p0, add); put(out + 16, p1, add); put(out + 32, p2, add);
  out += rowStep;
  put(out, q0, add); put(out + 16, q1, add); put(out + 32, q2, add);
  out += rowStep;
  put(out, r0, add); put(out + 16, r1, add); put(out + 32, r2, add);
}

// @ts-ignore: decorator
@inline
function put(at: usize, value: v128, add: bool): void {
  v128.store(at, add ? f32x4.add(v128.load(at), value) : value);
}

/** out[6][16] (+)= sum over k of a[k][6] times b[k][16]: sums in pairs, for vectors of 8 (see mlpWide.ts). */
function multiplyTileWide(a: usize, b: usize, depth: i32, out: usize, rowStep: usize, add: bool): void {
  const zero = f32x4.splat(0);
  let p0 = zero, p1 = zero, p2 = zero, p3 = zero, q0 = zero, q1 = zero, q2 = zero, q3 = zero;
  let r0 = zero, r1 = zero, r2 = zero, r3 = zero, s0 = zero, s1 = zero, s2 = zero, s3 = zero;
  let u0 = zero, u1 = zero, u2 = zero, u3 = zero, v0 = zero, v1 = zero, v2 = zero, v3 = zero;
  const end = a + <usize>depth * ROW_BYTES;
  do {
    const x0 = v128.load(b), x1 = v128.load(b, 16), x2 = v128.load(b, 32), x3 = v128.load(b, 48);
    let t = v128.load32_splat(a);
    p0 = multiplyAdd(t, x0, p0); p1 = multiplyAdd(t, x1, p1); p2 = multiplyAdd(t, x2, p2); p3 = multiplyAdd(t, x3, p3);
    t = v128.load32_splat(a, 4);
    q0 = multiplyAdd(t, x0, q0); q1 = multiplyAdd(t, x1, q1); q2 = multiplyAdd(t, x2, q2); q3 = multiplyAdd(t, x3, q3);
    t = v128.load32_splat(a, 8);
    r0 = multiplyAdd(t, x0, r0); r1 = multiplyAdd(t, x1, r1); r2 = multiplyAdd(t, x2, r2); r3 = multiplyAdd(t, x3, r3);
    t = v128.load32_splat(a, 12);
    s0 = multiplyAdd(t, x0, s0); s1 = multiplyAdd(t, x1, s1); s2 = multiplyAdd(t, x2, s2); s3 = multiplyAdd(t, x3, s3);
    t = v128.load32_splat(a, 16);
    u0 = multiplyAdd(t, x0, u0); u1 = multiplyAdd(t, x1, u1); u2 = multiplyAdd(t, x2, u2); u3 = multiplyAdd(t, x3, u3);
    t = v128.load32_splat(a, 20);
    v0 = multiplyAdd(t, x0, v0); v1 = multiplyAdd(t, x1, v1); v2 = multiplyAdd(t, x2, v2); v3 = multiplyAdd(t, x3, v3);
    a += ROW_BYTES; b += COLUMN_BYTES;
  } while (a < end);
  if (add) {
    addRow(out, p0, p1, p2, p3); addRow(out + rowStep, q0, q1, q2, q3);
    addRow(out + 2 * rowStep, r0, r1, r2, r3); addRow(out + 3 * rowStep, s0, s1, s2, s3);
    addRow(out + 4 * rowStep, u0, u1, u2, u3); addRow(out + 5 * rowStep, v0, v1, v2, v3);
  } else {
    putRow(out, p0, p1, p2, p3); putRow(out + rowStep, q0, q1, q2, q3);
    putRow(out + 2 * rowStep, r0, r1, r2, r3); putRow(out + 3 * rowStep, s0, s1, s2, s3);
    putRow(out + 4 * rowStep, u0, u1, u2, u3); putRow(out + 5 * rowStep, v0, v1, v2, v3);
  }
}

// @ts-ignore: decorator
@inline
function putRow(at: usize, a: v128, b: v128, c: v128, d: v128): void {
  v128.store(at, a); v128.store(at, b, 16); v128.store(at, c, 32); v128.store(at, d, 48);
}

// @ts-ignore: decorator
@inline
function addRow(at: usize, a: v128, b: v128, c: v128, d: v128): void {
  putRow(at, f32x4.add(v128.load(at), a), f32x4.add(v128.load(at, 16), b), f32x4.add(v128.load(at, 32), c), f32x4.add(v128.load(at, 48), d));
}
