// Element-wise functions of two tensors with broadcasting. A function is a class with `apply`, which the loops are compiled for.
import { pow4 } from './tensorMath';
import { load4, store4 } from './vectors';

// Position in the result, whose shape is [.., d1, d2, inner]: advanced row by row.
let i0: i32 = 0, i1: i32 = 0, i2: i32 = 0, column: i32 = 0;

function goTo(index: i32, d1: i32, d2: i32, inner: i32): void {
  const row = index / inner;
  column = index - row * inner;
  i2 = row % d2;
  i1 = (row / d2) % d1;
  i0 = row / (d1 * d2);
}

function nextRow(d1: i32, d2: i32): void {
  column = 0;
  if (++i2 < d2) return;
  i2 = 0;
  if (++i1 < d1) return;
  i1 = 0;
  i0++;
}

/** Four elements from `address`; a step of 0 repeats one. */
// @ts-ignore: decorator
@inline
function read4(address: usize, i: i32, step: i32, left: i32): v128 {
  if (step == 0) return v128.load32_splat(address);
  return load4(address + (<usize>i << 2), left);
}

/** One row of the result: `length` elements of out from rows of a and b with steps of 0 or 1. */
// @ts-ignore: decorator
@inline
function row<T>(out: usize, a: usize, b: usize, aStep: i32, bStep: i32, length: i32): void {
  const operation = changetype<T>(0);
  let i = 0;
  if (aStep == 1 && bStep == 1) {
    for (; i + 4 <= length; i += 4) {
      const at = <usize>i << 2;
      v128.store(out + at, operation.apply(v128.load(a + at), v128.load(b + at)));
    }
  } else if (aStep == 1) {
    const second = v128.load32_splat(b);
    for (; i + 4 <= length; i += 4) {
      const at = <usize>i << 2;
      v128.store(out + at, operation.apply(v128.load(a + at), second));
    }
  } else {
    const first = v128.load32_splat(a);
    for (; i + 4 <= length; i += 4) {
      const at = <usize>i << 2;
      v128.store(out + at, operation.apply(first, read4(b, i, bStep, 4)));
    }
  }
  if (i < length) {
    const left = length - i;
    store4(out + (<usize>i << 2), operation.apply(read4(a, i, aStep, left), read4(b, i, bStep, left)), left);
  }
}

/** One row of bytes (0 or 1) from a comparison. */
// @ts-ignore: decorator
@inline
function maskRow<T>(out: usize, a: usize, b: usize, aStep: i32, bStep: i32, length: i32): void {
  const operation = changetype<T>(0);
  for (let i = 0; i < length; i += 4) {
    const left = length - i;
    const bits = i32x4.bitmask(operation.apply(read4(a, i, aStep, left), read4(b, i, bStep, left)));
    const bytes = (bits & 1) | (bits & 2) << 7 | (bits & 4) << 14 | (bits & 8) << 21;
    if (left >= 4) store<i32>(out + i, bytes);
    else for (let k = 0; k < left; k++) store<u8>(out + i + k, <u8>(bytes >> (8 * k)));
  }
}

/**
 * Where the elements of a result of shape [.., d1, d2, inner] come from: a and b advance by a0 .. a2 and b0 .. b2 elements along the outer
 * axes (0: repeated), by aStep and bStep (0 or 1) along the last. Written by src/tensors/simd/ops/broadcast.ts.
 */
@unmanaged
export class Broadcast {
  d1: i32; d2: i32; inner: i32;
  a0: i32; a1: i32; a2: i32; aStep: i32;
  b0: i32; b1: i32; b2: i32; bStep: i32;
}

/** Elements [unit * piece, unit * piece + piece) of `count`. */
// @ts-ignore: decorator
@inline
function broadcast<T>(unit: i32, piece: i32, count: i32, out: usize, a: usize, b: usize, layout: usize, isMask: bool): void {
  const l = changetype<Broadcast>(layout);
  const d1 = l.d1, d2 = l.d2, inner = l.inner, aStep = l.aStep, bStep = l.bStep;
  let at = unit * piece;
  const end = min(at + piece, count);
  goTo(at, d1, d2, inner);
  while (at < end) {
    const length = min(inner - column, end - at);
    const first = a + (<usize>(i0 * l.a0 + i1 * l.a1 + i2 * l.a2 + column * aStep) << 2);
    const second = b + (<usize>(i0 * l.b0 + i1 * l.b1 + i2 * l.b2 + column * bStep) << 2);
    if (isMask) maskRow<T>(out + at, first, second, aStep, bStep, length);
    else row<T>(out + (<usize>at << 2), first, second, aStep, bStep, length);
    at += length;
    nextRow(d1, d2);
  }
}

// @ts-ignore: decorator
@unmanaged class Add { @inline apply(a: v128, b: v128): v128 { return f32x4.add(a, b); } }
// @ts-ignore: decorator
@unmanaged class Sub { @inline apply(a: v128, b: v128): v128 { return f32x4.sub(a, b); } }
// @ts-ignore: decorator
@unmanaged class Mul { @inline apply(a: v128, b: v128): v128 { return f32x4.mul(a, b); } }
// @ts-ignore: decorator
@unmanaged class Div { @inline apply(a: v128, b: v128): v128 { return f32x4.div(a, b); } }
// @ts-ignore: decorator
@unmanaged class Max { @inline apply(a: v128, b: v128): v128 { return f32x4.max(a, b); } }
// @ts-ignore: decorator
@unmanaged class Min { @inline apply(a: v128, b: v128): v128 { return f32x4.min(a, b); } }
// @ts-ignore: decorator
@unmanaged class Pow { @inline apply(a: v128, b: v128): v128 { return pow4(a, b); } }
// @ts-ignore: decorator
@unmanaged class SquaredDifference { @inline apply(a: v128, b: v128): v128 { const d = f32x4.sub(a, b); return f32x4.mul(d, d); } }
// @ts-ignore: decorator
@unmanaged class Prelu { @inline apply(a: v128, b: v128): v128 { return v128.bitselect(f32x4.mul(a, b), a, f32x4.lt(a, f32x4.splat(0))); } }
/** a where b is positive, else 0; NaN * a where b is NaN: the gradient of relu. */
// @ts-ignore: decorator
@unmanaged class IfPositive {
  @inline apply(a: v128, b: v128): v128 {
    const zero = f32x4.splat(0);
    const kept = v128.bitselect(a, f32x4.mul(a, zero), f32x4.gt(b, zero));
    return v128.bitselect(f32x4.mul(a, b), kept, f32x4.ne(b, b));
  }
}
// @ts-ignore: decorator
@unmanaged class AddInt { @inline apply(a: v128, b: v128): v128 { return i32x4.add(a, b); } }
// @ts-ignore: decorator
@unmanaged class SubInt { @inline apply(a: v128, b: v128): v128 { return i32x4.sub(a, b); } }
// @ts-ignore: decorator
@unmanaged class MaxInt { @inline apply(a: v128, b: v128): v128 { return i32x4.max_s(a, b); } }
// @ts-ignore: decorator
@unmanaged class MinInt { @inline apply(a: v128, b: v128): v128 { return i32x4.min_s(a, b); } }
// @ts-ignore: decorator
@unmanaged class Greater { @inline apply(a: v128, b: v128): v128 { return f32x4.gt(a, b); } }
// @ts-ignore: decorator
@unmanaged class GreaterEqual { @inline apply(a: v128, b: v128): v128 { return f32x4.ge(a, b); } }
// @ts-ignore: decorator
@unmanaged class Equal { @inline apply(a: v128, b: v128): v128 { return f32x4.eq(a, b); } }
// @ts-ignore: decorator
@unmanaged class NotEqual { @inline apply(a: v128, b: v128): v128 { return f32x4.ne(a, b); } }
// @ts-ignore: decorator
@unmanaged class GreaterInt { @inline apply(a: v128, b: v128): v128 { return i32x4.gt_s(a, b); } }
// @ts-ignore: decorator
@unmanaged class GreaterEqualInt { @inline apply(a: v128, b: v128): v128 { return i32x4.ge_s(a, b); } }
// @ts-ignore: decorator
@unmanaged class EqualInt { @inline apply(a: v128, b: v128): v128 { return i32x4.eq(a, b); } }
// @ts-ignore: decorator
@unmanaged class NotEqualInt { @inline apply(a: v128, b: v128): v128 { return i32x4.ne(a, b); } }

export function binaryAdd(unit: i32, piece: i32, count: i32, out: usize, a: usize, b: usize, layout: usize): void { broadcast<Add>(unit, piece, count, out, a, b, layout, false); }
export function binarySub(unit: i32, piece: i32, count: i32, out: usize, a: usize, b: usize, layout: usize): void { broadcast<Sub>(unit, piece, count, out, a, b, layout, false); }
export function binaryMul(unit: i32, piece: i32, count: i32, out: usize, a: usize, b: usize, layout: usize): void { broadcast<Mul>(unit, piece, count, out, a, b, layout, false); }
export function binaryDiv(unit: i32, piece: i32, count: i32, out: usize, a: usize, b: usize, layout: usize): void { broadcast<Div>(unit, piece, count, out, a, b, layout, false); }
export function binaryMax(unit: i32, piece: i32, count: i32, out: usize, a: usize, b: usize, layout: usize): void { broadcast<Max>(unit, piece, count, out, a, b, layout, false); }
export function binaryMin(unit: i32, piece: i32, count: i32, out: usize, a: usize, b: usize, layout: usize): void { broadcast<Min>(unit, piece, count, out, a, b, layout, false); }
export function binaryPow(unit: i32, piece: i32, count: i32, out: usize, a: usize, b: usize, layout: usize): void { broadcast<Pow>(unit, piece, count, out, a, b, layout, false); }
export function binarySquaredDifference(unit: i32, piece: i32, count: i32, out: usize, a: usize, b: usize, layout: usize): void { broadcast<SquaredDifference>(unit, piece, count, out, a, b, layout, false); }
export function binaryPrelu(unit: i32, piece: i32, count: i32, out: usize, a: usize, b: usize, layout: usize): void { broadcast<Prelu>(unit, piece, count, out, a, b, layout, false); }
export function binaryIfPositive(unit: i32, piece: i32, count: i32, out: usize, a: usize, b: usize, layout: usize): void { broadcast<IfPositive>(unit, piece, count, out, a, b, layout, false); }
export function binaryAddInt(unit: i32, piece: i32, count: i32, out: usize, a: usize, b: usize, layout: usize): void { broadcast<AddInt>(unit, piece, count, out, a, b, layout, false); }
export function binarySubInt(unit: i32, piece: i32, count: i32, out: usize, a: usize, b: usize, layout: usize): void { broadcast<SubInt>(unit, piece, count, out, a, b, layout, false); }
export function binaryMaxInt(unit: i32, piece: i32, count: i32, out: usize, a: usize, b: usize, layout: usize): void { broadcast<MaxInt>(unit, piece, count, out, a, b, layout, false); }
export function binaryMinInt(unit: i32, piece: i32, count: i32, out: usize, a: usize, b: usize, layout: usize): void { broadcast<MinInt>(unit, piece, count, out, a, b, layout, false); }
export function binaryGreater(unit: i32, piece: i32, count: i32, out: usize, a: usize, b: usize, layout: usize): void { broadcast<Greater>(unit, piece, count, out, a, b, layout, true); }
export function binaryGreaterEqual(unit: i32, piece: i32, count: i32, out: usize, a: usize, b: usize, layout: usize): void { broadcast<GreaterEqual>(unit, piece, count, out, a, b, layout, true); }
export function binaryEqual(unit: i32, piece: i32, count: i32, out: usize, a: usize, b: usize, layout: usize): void { broadcast<Equal>(unit, piece, count, out, a, b, layout, true); }
export function binaryNotEqual(unit: i32, piece: i32, count: i32, out: usize, a: usize, b: usize, layout: usize): void { broadcast<NotEqual>(unit, piece, count, out, a, b, layout, true); }
export function binaryGreaterInt(unit: i32, piece: i32, count: i32, out: usize, a: usize, b: usize, layout: usize): void { broadcast<GreaterInt>(unit, piece, count, out, a, b, layout, true); }
export function binaryGreaterEqualInt(unit: i32, piece: i32, count: i32, out: usize, a: usize, b: usize, layout: usize): void { broadcast<GreaterEqualInt>(unit, piece, count, out, a, b, layout, true); }
export function binaryEqualInt(unit: i32, piece: i32, count: i32, out: usize, a: usize, b: usize, layout: usize): void { broadcast<EqualInt>(unit, piece, count, out, a, b, layout, true); }
export function binaryNotEqualInt(unit: i32, piece: i32, count: i32, out: usize, a: usize, b: usize, layout: usize): void { broadcast<NotEqualInt>(unit, piece, count, out, a, b, layout, true); }
