// Element-wise functions of one tensor of float32. A function is a class with `apply`, which the loop is compiled for.
import { expPair, high, join, logPair, low, orItself, sine4, tanhPair } from './tensorMath';
import { load4, store4 } from './vectors';

/** out = T(x) for elements [unit * piece, unit * piece + piece) of `count`; a and b are parameters of some functions. */
function each<T>(unit: i32, piece: i32, count: i32, out: usize, x: usize, a: f32, b: f32): void {
  const operation = changetype<T>(0);
  const end = min(unit * piece + piece, count);
  const first = f32x4.splat(a), second = f32x4.splat(b);
  let i = unit * piece;
  for (; i + 4 <= end; i += 4) {
    const at = <usize>i << 2;
    v128.store(out + at, operation.apply(v128.load(x + at), first, second));
  }
  if (i < end) {
    const at = <usize>i << 2;
    store4(out + at, operation.apply(load4(x + at, end - i), first, second), end - i);
  }
}

/** x where mask, else 0 */
// @ts-ignore: decorator
@inline
function where(mask: v128, x: v128): v128 {
  return v128.and(mask, x);
}

// @ts-ignore: decorator
@unmanaged class Neg { @inline apply(x: v128, a: v128, b: v128): v128 { return f32x4.neg(x); } }
// @ts-ignore: decorator
@unmanaged class Abs { @inline apply(x: v128, a: v128, b: v128): v128 { return f32x4.abs(x); } }
// @ts-ignore: decorator
@unmanaged class Square { @inline apply(x: v128, a: v128, b: v128): v128 { return f32x4.mul(x, x); } }
// @ts-ignore: decorator
@unmanaged class Sqrt { @inline apply(x: v128, a: v128, b: v128): v128 { return f32x4.sqrt(x); } }
// @ts-ignore: decorator
@unmanaged class Rsqrt { @inline apply(x: v128, a: v128, b: v128): v128 { return f32x4.div(f32x4.splat(1), f32x4.sqrt(x)); } }
// @ts-ignore: decorator
@unmanaged class Reciprocal { @inline apply(x: v128, a: v128, b: v128): v128 { return f32x4.div(f32x4.splat(1), x); } }
// @ts-ignore: decorator
@unmanaged class Floor { @inline apply(x: v128, a: v128, b: v128): v128 { return f32x4.floor(x); } }
// @ts-ignore: decorator
@unmanaged class Ceil { @inline apply(x: v128, a: v128, b: v128): v128 { return f32x4.ceil(x); } }
// @ts-ignore: decorator
@unmanaged class Round { @inline apply(x: v128, a: v128, b: v128): v128 { return f32x4.nearest(x); } }
// @ts-ignore: decorator
@unmanaged class Relu { @inline apply(x: v128, a: v128, b: v128): v128 { return f32x4.max(x, f32x4.splat(0)); } }
// @ts-ignore: decorator
@unmanaged class Relu6 { @inline apply(x: v128, a: v128, b: v128): v128 { return f32x4.min(f32x4.max(x, f32x4.splat(0)), f32x4.splat(6)); } }
// @ts-ignore: decorator
@unmanaged class LeakyRelu { @inline apply(x: v128, a: v128, b: v128): v128 { return v128.bitselect(f32x4.mul(x, a), x, f32x4.lt(x, f32x4.splat(0))); } }
// @ts-ignore: decorator
@unmanaged class Sign {
  @inline apply(x: v128, a: v128, b: v128): v128 {
    const zero = f32x4.splat(0);
    return v128.or(where(f32x4.gt(x, zero), f32x4.splat(1)), where(f32x4.lt(x, zero), f32x4.splat(-1)));
  }
}
/** 1 above 0, a at and below it, NaN for NaN. */
// @ts-ignore: decorator
@unmanaged class Step {
  @inline apply(x: v128, a: v128, b: v128): v128 {
    const y = v128.bitselect(f32x4.splat(1), a, f32x4.gt(x, f32x4.splat(0)));
    return v128.bitselect(y, x, f32x4.eq(x, x));
  }
}
/** min(max(x, a), b), NaN for NaN. */
// @ts-ignore: decorator
@unmanaged class Clip {
  @inline apply(x: v128, a: v128, b: v128): v128 {
    const y = v128.bitselect(a, x, f32x4.lt(x, a));
    return v128.bitselect(b, y, f32x4.gt(x, b));
  }
}
// @ts-ignore: decorator
@unmanaged class Sin { @inline apply(x: v128, a: v128, b: v128): v128 { return sine4(x, 0); } }
// @ts-ignore: decorator
@unmanaged class Cos { @inline apply(x: v128, a: v128, b: v128): v128 { return sine4(x, 1); } }
// @ts-ignore: decorator
@unmanaged class Exp { @inline apply(x: v128, a: v128, b: v128): v128 { return join(expPair(low(x)), expPair(high(x))); } }
// @ts-ignore: decorator
@unmanaged class Log { @inline apply(x: v128, a: v128, b: v128): v128 { return join(logPair(low(x)), logPair(high(x))); } }
// @ts-ignore: decorator
@unmanaged class Tanh { @inline apply(x: v128, a: v128, b: v128): v128 { return join(tanhPair(low(x)), tanhPair(high(x))); } }
/** e^x - 1 */
// @ts-ignore: decorator
@unmanaged class Expm1 {
  @inline half(x: v128): v128 { return orItself(x, f64x2.sub(expPair(x), f64x2.splat(1))); }
  @inline apply(x: v128, a: v128, b: v128): v128 { return join(this.half(low(x)), this.half(high(x))); }
}
/** ln(1 + x) */
// @ts-ignore: decorator
@unmanaged class Log1p {
  @inline half(x: v128): v128 { return orItself(x, logPair(f64x2.add(x, f64x2.splat(1)))); }
  @inline apply(x: v128, a: v128, b: v128): v128 { return join(this.half(low(x)), this.half(high(x))); }
}
/** 1 / (1 + e^-x) */
// @ts-ignore: decorator
@unmanaged class Sigmoid {
  @inline half(x: v128): v128 { const one = f64x2.splat(1); return f64x2.div(one, f64x2.add(one, expPair(f64x2.neg(x)))); }
  @inline apply(x: v128, a: v128, b: v128): v128 { return join(this.half(low(x)), this.half(high(x))); }
}
/** ln(1 + e^x): x itself from 14 on, e^x up to -14, where float32 cannot tell them apart. */
// @ts-ignore: decorator
@unmanaged class Softplus {
  @inline half(x: v128): v128 {
    const e = expPair(x);
    const y = v128.bitselect(e, logPair(f64x2.add(e, f64x2.splat(1))), f64x2.lt(x, f64x2.splat(-14)));
    return v128.bitselect(x, y, f64x2.gt(x, f64x2.splat(14)));
  }
  @inline apply(x: v128, a: v128, b: v128): v128 { return join(this.half(low(x)), this.half(high(x))); }
}
/** x above 0, e^x - 1 below it. */
// @ts-ignore: decorator
@unmanaged class Elu {
  @inline half(x: v128): v128 { return f64x2.sub(expPair(x), f64x2.splat(1)); }
  @inline apply(x: v128, a: v128, b: v128): v128 {
    return v128.bitselect(x, join(this.half(low(x)), this.half(high(x))), f32x4.ge(x, f32x4.splat(0)));
  }
}

export function unaryNeg(unit: i32, piece: i32, count: i32, out: usize, x: usize, a: f32, b: f32): void { each<Neg>(unit, piece, count, out, x, a, b); }
export function unaryAbs(unit: i32, piece: i32, count: i32, out: usize, x: usize, a: f32, b: f32): void { each<Abs>(unit, piece, count, out, x, a, b); }
export function unarySquare(unit: i32, piece: i32, count: i32, out: usize, x: usize, a: f32, b: f32): void { each<Square>(unit, piece, count, out, x, a, b); }
export function unarySqrt(unit: i32, piece: i32, count: i32, out: usize, x: usize, a: f32, b: f32): void { each<Sqrt>(unit, piece, count, out, x, a, b); }
export function unaryRsqrt(unit: i32, piece: i32, count: i32, out: usize, x: usize, a: f32, b: f32): void { each<Rsqrt>(unit, piece, count, out, x, a, b); }
export function unaryReciprocal(unit: i32, piece: i32, count: i32, out: usize, x: usize, a: f32, b: f32): void { each<Reciprocal>(unit, piece, count, out, x, a, b); }
export function unaryFloor(unit: i32, piece: i32, count: i32, out: usize, x: usize, a: f32, b: f32): void { each<Floor>(unit, piece, count, out, x, a, b); }
export function unaryCeil(unit: i32, piece: i32, count: i32, out: usize, x: usize, a: f32, b: f32): void { each<Ceil>(unit, piece, count, out, x, a, b); }
export function unaryRound(unit: i32, piece: i32, count: i32, out: usize, x: usize, a: f32, b: f32): void { each<Round>(unit, piece, count, out, x, a, b); }
export function unaryRelu(unit: i32, piece: i32, count: i32, out: usize, x: usize, a: f32, b: f32): void { each<Relu>(unit, piece, count, out, x, a, b); }
export function unaryRelu6(unit: i32, piece: i32, count: i32, out: usize, x: usize, a: f32, b: f32): void { each<Relu6>(unit, piece, count, out, x, a, b); }
export function unaryLeakyRelu(unit: i32, piece: i32, count: i32, out: usize, x: usize, a: f32, b: f32): void { each<LeakyRelu>(unit, piece, count, out, x, a, b); }
export function unarySign(unit: i32, piece: i32, count: i32, out: usize, x: usize, a: f32, b: f32): void { each<Sign>(unit, piece, count, out, x, a, b); }
export function unaryStep(unit: i32, piece: i32, count: i32, out: usize, x: usize, a: f32, b: f32): void { each<Step>(unit, piece, count, out, x, a, b); }
export function unaryClip(unit: i32, piece: i32, count: i32, out: usize, x: usize, a: f32, b: f32): void { each<Clip>(unit, piece, count, out, x, a, b); }
export function unarySin(unit: i32, piece: i32, count: i32, out: usize, x: usize, a: f32, b: f32): void { each<Sin>(unit, piece, count, out, x, a, b); }
export function unaryCos(unit: i32, piece: i32, count: i32, out: usize, x: usize, a: f32, b: f32): void { each<Cos>(unit, piece, count, out, x, a, b); }
export function unaryExp(unit: i32, piece: i32, count: i32, out: usize, x: usize, a: f32, b: f32): void { each<Exp>(unit, piece, count, out, x, a, b); }
export function unaryLog(unit: i32, piece: i32, count: i32, out: usize, x: usize, a: f32, b: f32): void { each<Log>(unit, piece, count, out, x, a, b); }
export function unaryTanh(unit: i32, piece: i32, count: i32, out: usize, x: usize, a: f32, b: f32): void { each<Tanh>(unit, piece, count, out, x, a, b); }
export function unaryExpm1(unit: i32, piece: i32, count: i32, out: usize, x: usize, a: f32, b: f32): void { each<Expm1>(unit, piece, count, out, x, a, b); }
export function unaryLog1p(unit: i32, piece: i32, count: i32, out: usize, x: usize, a: f32, b: f32): void { each<Log1p>(unit, piece, count, out, x, a, b); }
export function unarySigmoid(unit: i32, piece: i32, count: i32, out: usize, x: usize, a: f32, b: f32): void { each<Sigmoid>(unit, piece, count, out, x, a, b); }
export function unarySoftplus(unit: i32, piece: i32, count: i32, out: usize, x: usize, a: f32, b: f32): void { each<Softplus>(unit, piece, count, out, x, a, b); }
export function unaryElu(unit: i32, piece: i32, count: i32, out: usize, x: usize, a: f32, b: f32): void { each<Elu>(unit, piece, count, out, x, a, b); }
