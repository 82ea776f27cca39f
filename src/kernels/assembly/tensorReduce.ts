// Sums, products, maxima and minima along one axis of [outer, length, inner] float32, accumulated in float64 as JavaScript would.
import { high, low } from './tensorMath';

/** How two values become one, and the value to begin with. */
// @ts-ignore: decorator
@unmanaged class Sum {
  @inline first(): f64 { return 0; }
  @inline pair(a: v128, b: v128): v128 { return f64x2.add(a, b); }
  @inline one(a: f64, b: f64): f64 { return a + b; }
}
// @ts-ignore: decorator
@unmanaged class Prod {
  @inline first(): f64 { return 1; }
  @inline pair(a: v128, b: v128): v128 { return f64x2.mul(a, b); }
  @inline one(a: f64, b: f64): f64 { return a * b; }
}
// @ts-ignore: decorator
@unmanaged class Max {
  @inline first(): f64 { return -Infinity; }
  @inline pair(a: v128, b: v128): v128 { return f64x2.max(a, b); }
  @inline one(a: f64, b: f64): f64 { return max(a, b); }
}
// @ts-ignore: decorator
@unmanaged class Min {
  @inline first(): f64 { return Infinity; }
  @inline pair(a: v128, b: v128): v128 { return f64x2.min(a, b); }
  @inline one(a: f64, b: f64): f64 { return min(a, b); }
}

/** All of `length` neighbours. */
function neighbours<T>(x: usize, length: i32): f64 {
  const operation = changetype<T>(0);
  let total = operation.first();
  let i = 0;
  if (length >= 16) {
    let a = f64x2.splat(total), b = a, c = a, d = a;
    for (; i + 8 <= length; i += 8) {
      const u = v128.load(x + (<usize>i << 2)), v = v128.load(x + (<usize>i << 2), 16);
      a = operation.pair(a, low(u));
      b = operation.pair(b, high(u));
      c = operation.pair(c, low(v));
      d = operation.pair(d, high(v));
    }
    a = operation.pair(operation.pair(a, b), operation.pair(c, d));
    total = operation.one(f64x2.extract_lane(a, 0), f64x2.extract_lane(a, 1));
  }
  for (; i < length; i++) total = operation.one(total, load<f32>(x + (<usize>i << 2)));
  return total;
}

/** The largest of `length` neighbours; NaN if there is one. */
export function largest(x: usize, length: i32): f64 {
  return neighbours<Max>(x, length);
}

/** Writes column results: float64 for a later combination, or float32 divided by `divisor`. */
// @ts-ignore: decorator
@inline
function put(out: usize, column: i32, value: f64, wide: bool, divisor: f64): void {
  if (wide) store<f64>(out + (<usize>column << 3), value);
  else store<f32>(out + (<usize>column << 2), <f32>(value / divisor));
}

/** Each of `inner` columns over `length` rows. Eight columns, half a cache line, go together. */
function columns<T>(x: usize, length: i32, inner: i32, out: usize, wide: bool, divisor: f64): void {
  const operation = changetype<T>(0);
  const stride = <usize>inner << 2;
  let column = 0;
  for (; column + 8 <= inner; column += 8) {
    let a = f64x2.splat(operation.first()), b = a, c = a, d = a;
    let at = x + (<usize>column << 2);
    for (let row = 0; row < length; row++) {
      const u = v128.load(at), v = v128.load(at, 16);
      a = operation.pair(a, low(u));
      b = operation.pair(b, high(u));
      c = operation.pair(c, low(v));
      d = operation.pair(d, high(v));
      at += stride;
    }
    put(out, column, f64x2.extract_lane(a, 0), wide, divisor);
    put(out, column + 1, f64x2.extract_lane(a, 1), wide, divisor);
    put(out, column + 2, f64x2.extract_lane(b, 0), wide, divisor);
    put(out, column + 3, f64x2.extract_lane(b, 1), wide, divisor);
    put(out, column + 4, f64x2.extract_lane(c, 0), wide, divisor);
    put(out, column + 5, f64x2.extract_lane(c, 1), wide, divisor);
    put(out, column + 6, f64x2.extract_lane(d, 0), wide, divisor);
    put(out, column + 7, f64x2.extract_lane(d, 1), wide, divisor);
  }
  for (; column < inner; column++) {
    let total = operation.first();
    let at = x + (<usize>column << 2);
    for (let row = 0; row < length; row++, at += stride) total = operation.one(total, load<f32>(at));
    put(out, column, total, wide, divisor);
  }
}

/**
 * With chunk >= length: unit reduces `groups` outer elements into out [outer, inner] float32, divided by `divisor`. Else unit
 * (outer element, chunk of the axis) leaves float64 in out [outer, chunks, inner], for `combine`.
 */
// @ts-ignore: decorator
@inline
function reduce<T>(unit: i32, groups: i32, outer: i32, length: i32, inner: i32, chunk: i32, x: usize, out: usize, divisor: f64): void {
  if (chunk < length) {
    const chunks = (length + chunk - 1) / chunk;
    const from = (unit % chunks) * chunk;
    const rows = min(chunk, length - from);
    const source = x + (<usize>((unit / chunks) * length + from) * <usize>inner << 2);
    if (inner == 1) store<f64>(out + (<usize>unit << 3), neighbours<T>(source, rows));
    else columns<T>(source, rows, inner, out + (<usize>unit * <usize>inner << 3), true, 1);
    return;
  }
  const end = min(unit * groups + groups, outer);
  for (let group = unit * groups; group < end; group++) {
    const source = x + (<usize>group * <usize>length * <usize>inner << 2);
    if (inner == 1) store<f32>(out + (<usize>group << 2), <f32>(neighbours<T>(source, length) / divisor));
    else columns<T>(source, length, inner, out + (<usize>group * <usize>inner << 2), false, divisor);
  }
}

/** out [outer, inner] float32 from partials [outer, chunks, inner] float64, first chunk to last. */
// @ts-ignore: decorator
@inline
function combine<T>(unit: i32, piece: i32, count: i32, chunks: i32, inner: i32, partials: usize, out: usize, divisor: f64): void {
  const operation = changetype<T>(0);
  const end = min(unit * piece + piece, count);
  for (let i = unit * piece; i < end; i++) {
    const outer = i / inner;
    let at = partials + (<usize>(outer * chunks * inner + i - outer * inner) << 3);
    let total = operation.first();
    for (let c = 0; c < chunks; c++, at += <usize>inner << 3) total = operation.one(total, load<f64>(at));
    store<f32>(out + (<usize>i << 2), <f32>(total / divisor));
  }
}

export function reduceSum(unit: i32, groups: i32, outer: i32, length: i32, inner: i32, chunk: i32, x: usize, out: usize, divisor: f64): void {
  reduce<Sum>(unit, groups, outer, length, inner, chunk, x, out, divisor);
}
export function combineSum(unit: i32, piece: i32, count: i32, chunks: i32, inner: i32, partials: usize, out: usize, divisor: f64): void {
  combine<Sum>(unit, piece, count, chunks, inner, partials, out, divisor);
}
export function reduceProd(unit: i32, groups: i32, outer: i32, length: i32, inner: i32, chunk: i32, x: usize, out: usize, divisor: f64): void {
  reduce<Prod>(unit, groups, outer, length, inner, chunk, x, out, divisor);
}
export function combineProd(unit: i32, piece: i32, count: i32, chunks: i32, inner: i32, partials: usize, out: usize, divisor: f64): void {
  combine<Prod>(unit, piece, count, chunks, inner, partials, out, divisor);
}
export function reduceMax(unit: i32, groups: i32, outer: i32, length: i32, inner: i32, chunk: i32, x: usize, out: usize, divisor: f64): void {
  reduce<Max>(unit, groups, outer, length, inner, chunk, x, out, divisor);
}
export function combineMax(unit: i32, piece: i32, count: i32, chunks: i32, inner: i32, partials: usize, out: usize, divisor: f64): void {
  combine<Max>(unit, piece, count, chunks, inner, partials, out, divisor);
}
export function reduceMin(unit: i32, groups: i32, outer: i32, length: i32, inner: i32, chunk: i32, x: usize, out: usize, divisor: f64): void {
  reduce<Min>(unit, groups, outer, length, inner, chunk, x, out, divisor);
}
export function combineMin(unit: i32, piece: i32, count: i32, chunks: i32, inner: i32, partials: usize, out: usize, divisor: f64): void {
  combine<Min>(unit, piece, count, chunks, inner, partials, out, divisor);
}
