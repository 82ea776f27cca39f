// Activation functions of tiles [rows][64], and their gradients from the activated values. Codes: src/tensors/ops/activations.ts.
import { exp4, multiplyAdd, sigmoid4 } from './simd';

export const NONE: i32 = 0;
export const RELU: i32 = 1;
export const LEAKY_RELU: i32 = 2;
export const SIGMOID: i32 = 3;
export const TANH: i32 = 4;
export const SOFTPLUS: i32 = 5;
export const EXP: i32 = 6;
/** e^x whose gradient counts x as limited to -15..15. */
export const TRUNC_EXP: i32 = 7;

const E_MINUS_15: f32 = 3.059023205e-7;
const E_15: f32 = 3269017.372;

/** ln x for normal x > 0, relative error < 2e-7 (Cephes logf). */
// @ts-ignore: decorator
@inline
function log4(x: v128): v128 {
  // Mantissa in [sqrt(1/2), sqrt 2): shift the exponent's border by sqrt(1/2).
  const shifted = i32x4.sub(x, i32x4.splat(0x3f3504f3));
  const exponent = i32x4.shr_s(shifted, 23);
  const n = f32x4.convert_i32x4_s(exponent);
  const m = f32x4.sub(i32x4.sub(x, i32x4.shl(exponent, 23)), f32x4.splat(1));
  let p = f32x4.splat(7.0376836292e-2);
  p = multiplyAdd(p, m, f32x4.splat(-1.1514610310e-1));
  p = multiplyAdd(p, m, f32x4.splat(1.1676998740e-1));
  p = multiplyAdd(p, m, f32x4.splat(-1.2420140846e-1));
  p = multiplyAdd(p, m, f32x4.splat(1.4249322787e-1));
  p = multiplyAdd(p, m, f32x4.splat(-1.6668057665e-1));
  p = multiplyAdd(p, m, f32x4.splat(2.0000714765e-1));
  p = multiplyAdd(p, m, f32x4.splat(-2.4999993993e-1));
  p = multiplyAdd(p, m, f32x4.splat(3.3333331174e-1));
  const square = f32x4.mul(m, m);
  let y = f32x4.mul(f32x4.mul(p, m), square);
  y = multiplyAdd(n, f32x4.splat(-2.12194440e-4), y);
  y = multiplyAdd(square, f32x4.splat(-0.5), y);
  return multiplyAdd(n, f32x4.splat(0.693359375), f32x4.add(m, y));
}

/** ln(1 + e^x) = max(x, 0) + log1p(e^-|x|) */
// @ts-ignore: decorator
@inline
function softplus4(x: v128): v128 {
  const one = f32x4.splat(1);
  const u = exp4(f32x4.neg(f32x4.abs(x)));
  const w = f32x4.add(one, u);
  // What rounding took from 1 + u is added back to first order.
  const log1p = f32x4.add(log4(w), f32x4.div(f32x4.sub(u, f32x4.sub(w, one)), w));
  return f32x4.add(f32x4.max(x, f32x4.splat(0)), log1p);
}

/** tanh x = 1 - 2 / (e^2x + 1); near 0, where that cancels, its Taylor polynomial. */
// @ts-ignore: decorator
@inline
function tanh4(x: v128): v128 {
  const one = f32x4.splat(1), square = f32x4.mul(x, x);
  let p = multiplyAdd(square, f32x4.splat(-17.0 / 315.0), f32x4.splat(2.0 / 15.0));
  p = multiplyAdd(p, square, f32x4.splat(-1.0 / 3.0));
  const small = multiplyAdd(f32x4.mul(p, square), x, x);
  const large = f32x4.sub(one, f32x4.div(f32x4.splat(2), f32x4.add(exp4(f32x4.add(x, x)), one)));
  return v128.bitselect(small, large, f32x4.lt(square, f32x4.splat(0.02)));
}

/** 1 - e^-y for y >= 0 */
// @ts-ignore: decorator
@inline
function oneMinusExp4(y: v128): v128 {
  const small = f32x4.mul(y, multiplyAdd(y, multiplyAdd(y, f32x4.splat(1.0 / 6.0), f32x4.splat(-0.5)), f32x4.splat(1)));
  return v128.bitselect(small, f32x4.sub(f32x4.splat(1), exp4(f32x4.neg(y))), f32x4.lt(y, f32x4.splat(0.01)));
}

/** x = activation(x) for `bytes` bytes, a multiple of 16. @param slope of leaky ReLU below 0 */
export function activate(x: usize, bytes: usize, activation: i32, slope: f32): void {
  const end = x + bytes, zero = f32x4.splat(0), s = f32x4.splat(slope);
  if (activation == RELU) for (; x < end; x += 16) v128.store(x, f32x4.max(v128.load(x), zero));
  else if (activation == LEAKY_RELU)
    for (; x < end; x += 16) {
      const v = v128.load(x);
      v128.store(x, v128.bitselect(v, f32x4.mul(v, s), f32x4.gt(v, zero)));
    }
  else if (activation == SIGMOID) for (; x < end; x += 16) v128.store(x, sigmoid4(v128.load(x)));
  else if (activation == TANH) for (; x < end; x += 16) v128.store(x, tanh4(v128.load(x)));
  else if (activation == SOFTPLUS) for (; x < end; x += 16) v128.store(x, softplus4(v128.load(x)));
  else if (activation >= EXP) for (; x < end; x += 16) v128.store(x, exp4(v128.load(x)));
}

/** dy *= activation'(x), with y = activation(x). */
export function activationGradient(dy: usize, y: usize, bytes: usize, activation: i32, slope: f32): void {
  const end = dy + bytes, zero = f32x4.splat(0), one = f32x4.splat(1), s = f32x4.splat(slope);
  if (activation == RELU)
    for (; dy < end; dy += 16, y += 16) v128.store(dy, v128.and(v128.load(dy), f32x4.gt(v128.load(y), zero)));
  else if (activation == LEAKY_RELU)
    for (; dy < end; dy += 16, y += 16) {
      const d = v128.load(dy);
      v128.store(dy, v128.bitselect(d, f32x4.mul(d, s), f32x4.gt(v128.load(y), zero)));
    }
  else if (activation == SIGMOID)
    for (; dy < end; dy += 16, y += 16) {
      const v = v128.load(y);
      v128.store(dy, f32x4.mul(v128.load(dy), f32x4.mul(v, f32x4.sub(one, v))));
    }
  else if (activation == TANH)
    for (; dy < end; dy += 16, y += 16) {
      const v = v128.load(y);
      v128.store(dy, f32x4.mul(v128.load(dy), f32x4.sub(one, f32x4.mul(v, v))));
    }
  else if (activation == SOFTPLUS)
    for (; dy < end; dy += 16, y += 16) v128.store(dy, f32x4.mul(v128.load(dy), oneMinusExp4(v128.load(y))));
  else if (activation == EXP)
    for (; dy < end; dy += 16, y += 16) v128.store(dy, f32x4.mul(v128.load(dy), v128.load(y)));
  else if (activation == TRUNC_EXP)
    for (; dy < end; dy += 16, y += 16) {
      const v = f32x4.min(f32x4.max(v128.load(y), f32x4.splat(E_MINUS_15)), f32x4.splat(E_15));
      v128.store(dy, f32x4.mul(v128.load(dy), v));
    }
}
