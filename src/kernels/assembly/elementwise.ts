// Plain arithmetic over arrays. Every kernel handles elements [unit * piece, unit * piece + piece) of `count`.
import { lerp4, load4, store4 } from './vectors';
import { randomAt } from './rng';

/** x *= factor */
export function scaleInPlace(unit: i32, piece: i32, count: i32, x: usize, factor: f32): void {
  scaleInto(unit, piece, count, x, x, factor);
}

/** out = x * factor */
export function scaleInto(unit: i32, piece: i32, count: i32, out: usize, x: usize, factor: f32): void {
  const end = min(unit * piece + piece, count);
  const factors = f32x4.splat(factor);
  for (let i = unit * piece; i < end; i += 4) {
    const at = <usize>i << 2;
    store4(out + at, f32x4.mul(load4(x + at, end - i), factors), end - i);
  }
}

/** y += factor * x */
export function axpy(unit: i32, piece: i32, count: i32, y: usize, x: usize, factor: f32): void {
  const end = min(unit * piece + piece, count);
  const factors = f32x4.splat(factor);
  for (let i = unit * piece; i < end; i += 4) {
    const at = <usize>i << 2;
    const left = end - i;
    store4(y + at, f32x4.add(load4(y + at, left), f32x4.mul(load4(x + at, left), factors)), left);
  }
}

/** y += (x - y) * weight */
export function lerpInPlace(unit: i32, piece: i32, count: i32, y: usize, x: usize, weight: f32): void {
  const end = min(unit * piece + piece, count);
  const weights = f32x4.splat(weight);
  for (let i = unit * piece; i < end; i += 4) {
    const at = <usize>i << 2;
    const left = end - i;
    store4(y + at, lerp4(load4(y + at, left), load4(x + at, left), weights), left);
  }
}

/** x = min(max(x, -limit), limit); NaN stays NaN */
export function clampInPlace(unit: i32, piece: i32, count: i32, x: usize, limit: f32): void {
  const end = min(unit * piece + piece, count);
  const upper = f32x4.splat(limit);
  const lower = f32x4.splat(-limit);
  for (let i = unit * piece; i < end; i += 4) {
    const at = <usize>i << 2;
    const left = end - i;
    store4(x + at, f32x4.min(f32x4.max(load4(x + at, left), lower), upper), left);
  }
}

/** x += deviation * (normal random number of (key, element)), by Box and Muller's transform in float64 */
export function addNormalNoise(unit: i32, piece: i32, count: i32, x: usize, key: u32, deviation: f64): void {
  const end = min(unit * piece + piece, count);
  for (let i = unit * piece; i < end; i++) {
    const radius = 1.0 - <f64>(randomAt(key, <u32>(2 * i)) >> 8) * (1.0 / 16777216.0);
    const angle = <f64>(randomAt(key, <u32>(2 * i + 1)) >> 8) * (1.0 / 16777216.0);
    const normal = Math.sqrt(-2.0 * Math.log(radius)) * Math.cos(2.0 * Math.PI * angle);
    const at = x + (<usize>i << 2);
    store<f32>(at, load<f32>(at) + <f32>(deviation * normal));
  }
}

/** Adds the squares of four float32 to two sums of two float64. */
// @ts-ignore: decorator
@inline
function squares(sum: v128, value: v128): v128 {
  const first = f64x2.promote_low_f32x4(value);
  const second = f64x2.promote_low_f32x4(v128.shuffle<i64>(value, value, 1, 0));
  return f64x2.add(sum, f64x2.add(f64x2.mul(first, first), f64x2.mul(second, second)));
}

/** partials[unit] = sum of x^2 over the piece, in float64. Four sums, because additions wait for each other. */
export function sumOfSquares(unit: i32, piece: i32, count: i32, x: usize, partials: usize): void {
  const end = min(unit * piece + piece, count);
  let a = f64x2.splat(0);
  let b = a;
  let c = a;
  let d = a;
  let i = unit * piece;
  for (; i + 16 <= end; i += 16) {
    const at = x + (<usize>i << 2);
    a = squares(a, v128.load(at));
    b = squares(b, v128.load(at, 16));
    c = squares(c, v128.load(at, 32));
    d = squares(d, v128.load(at, 48));
  }
  for (; i < end; i += 4) a = squares(a, load4(x + (<usize>i << 2), end - i));
  const all = f64x2.add(f64x2.add(a, b), f64x2.add(c, d));
  store<f64>(partials + (<usize>unit << 3), f64x2.extract_lane(all, 0) + f64x2.extract_lane(all, 1));
}

/** partials[unit] = 0 if every element of the piece is finite, else NaN (0 * infinity and 0 * NaN are NaN) */
export function nonFinite(unit: i32, piece: i32, count: i32, x: usize, partials: usize): void {
  const end = min(unit * piece + piece, count);
  const zero = f32x4.splat(0);
  let a = zero;
  let b = zero;
  let c = zero;
  let d = zero;
  let i = unit * piece;
  for (; i + 16 <= end; i += 16) {
    const at = x + (<usize>i << 2);
    a = f32x4.add(a, f32x4.mul(v128.load(at), zero));
    b = f32x4.add(b, f32x4.mul(v128.load(at, 16), zero));
    c = f32x4.add(c, f32x4.mul(v128.load(at, 32), zero));
    d = f32x4.add(d, f32x4.mul(v128.load(at, 48), zero));
  }
  for (; i < end; i += 4) a = f32x4.add(a, f32x4.mul(load4(x + (<usize>i << 2), end - i), zero));
  const sum = f32x4.add(f32x4.add(a, b), f32x4.add(c, d));
  const pairs = f32x4.add(sum, v128.shuffle<f32>(sum, sum, 2, 3, 0, 1));
  store<f64>(partials + (<usize>unit << 3), <f64>(f32x4.extract_lane(pairs, 0) + f32x4.extract_lane(pairs, 1)));
}

/** The sum of `units` float64 at `partials`, first to last. Not a unit kernel. */
export function sumPartials(partials: usize, units: i32): f64 {
  let sum: f64 = 0;
  for (let unit = 0; unit < units; unit++) sum += load<f64>(partials + (<usize>unit << 3));
  return sum;
}

/** out[row] = before[from[row]], or `start` where from[row] < 0: rows of `rowSize` float32. Elements of a piece are rows. */
export function moveRows(unit: i32, piece: i32, count: i32, before: usize, out: usize, from: usize, rowSize: i32, start: f32): void {
  const bytes = <usize>rowSize << 2, end = min(unit * piece + piece, count);
  for (let row = unit * piece; row < end; row++) {
    const to = out + <usize>row * bytes, source = load<i32>(from + (<usize>row << 2));
    let at: usize = 0;
    if (source < 0) {
      for (; at < bytes; at += 4) store<f32>(to + at, start);
      continue;
    }
    const begin = before + <usize>source * bytes;
    for (; at + 16 <= bytes; at += 16) v128.store(to + at, v128.load(begin + at));
    for (; at < bytes; at += 4) store<f32>(to + at, load<f32>(begin + at));
  }
}
