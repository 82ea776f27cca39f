// Vector helpers shared by the kernels. A tile is 64 samples; a tile row is one feature of them: [feature][64] float32.

/** Bytes of a tile row. */
export const ROW: usize = 256;
/** Samples of a tile. */
export const TILE: i32 = 64;

/** Address of a sample's first value in tiles of `tileBytes`. */
// @ts-ignore: decorator
@inline
export function columnOf(tiles: usize, tileBytes: usize, sample: i32): usize {
  return tiles + <usize>(sample / TILE) * tileBytes + (<usize>(sample & (TILE - 1)) << 2);
}

/** a * b + c; one rounding where the processor fuses it (relaxed and wide modules), two in the base module. */
// @ts-ignore: decorator
@inline
export function multiplyAdd(a: v128, b: v128, c: v128): v128 {
  if (ASC_FEATURE_RELAXED_SIMD) return f32x4.relaxed_madd(a, b, c);
  return f32x4.add(f32x4.mul(a, b), c);
}

/** Truncates to int32; lanes must be in range. */
// @ts-ignore: decorator
@inline
export function toInt(a: v128): v128 {
  if (ASC_FEATURE_RELAXED_SIMD) return i32x4.relaxed_trunc_f32x4_s(a);
  return i32x4.trunc_sat_f32x4_s(a);
}

/** e^x, relative error < 2e-7, clamped to [e^-87, e^88] (Cephes expf: range reduction by ln 2, polynomial of degree 5). */
// @ts-ignore: decorator
@inline
export function exp4(x0: v128): v128 {
  let x = f32x4.pmax(f32x4.pmin(x0, f32x4.splat(88)), f32x4.splat(-87));
  const n = f32x4.nearest(f32x4.mul(x, f32x4.splat(1.4426950408889634)));
  x = multiplyAdd(n, f32x4.splat(-0.693359375), x);
  x = multiplyAdd(n, f32x4.splat(2.1219444e-4), x);
  let p = f32x4.splat(1.987569150e-4);
  p = multiplyAdd(p, x, f32x4.splat(1.3981999507e-3));
  p = multiplyAdd(p, x, f32x4.splat(8.3334519073e-3));
  p = multiplyAdd(p, x, f32x4.splat(4.1665795894e-2));
  p = multiplyAdd(p, x, f32x4.splat(1.6666665459e-1));
  p = multiplyAdd(p, x, f32x4.splat(5.0000001201e-1));
  p = multiplyAdd(f32x4.mul(p, x), x, f32x4.add(x, f32x4.splat(1)));
  return f32x4.mul(p, i32x4.shl(i32x4.add(toInt(n), i32x4.splat(127)), 23));
}

/** 1 / (1 + e^-x) */
// @ts-ignore: decorator
@inline
export function sigmoid4(x: v128): v128 {
  const one = f32x4.splat(1);
  return f32x4.div(one, f32x4.add(one, exp4(f32x4.neg(x))));
}

/** [sum a, sum b, sum c, sum d] */
// @ts-ignore: decorator
@inline
export function horizontalSums(a: v128, b: v128, c: v128, d: v128): v128 {
  const ab = f32x4.add(v128.shuffle<f32>(a, b, 0, 4, 1, 5), v128.shuffle<f32>(a, b, 2, 6, 3, 7));
  const cd = f32x4.add(v128.shuffle<f32>(c, d, 0, 4, 1, 5), v128.shuffle<f32>(c, d, 2, 6, 3, 7));
  return f32x4.add(v128.shuffle<f32>(ab, cd, 0, 1, 4, 5), v128.shuffle<f32>(ab, cd, 2, 3, 6, 7));
}
