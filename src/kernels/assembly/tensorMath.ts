// Elementary functions of four float32, computed in float64 (two at a time), so that results are those of float64 arithmetic rounded
// once, and the same in all module variants. Polynomials are Taylor series on reduced arguments; their errors are below 2^-32.

/** Lanes 0 and 1 as float64. */
// @ts-ignore: decorator
@inline
export function low(x: v128): v128 {
  return f64x2.promote_low_f32x4(x);
}

/** Lanes 2 and 3 as float64. */
// @ts-ignore: decorator
@inline
export function high(x: v128): v128 {
  return f64x2.promote_low_f32x4(v128.shuffle<i64>(x, x, 1, 0));
}

/** Four float32 from two pairs of float64. */
// @ts-ignore: decorator
@inline
export function join(a: v128, b: v128): v128 {
  return v128.shuffle<i64>(f32x4.demote_f64x2_zero(a), f32x4.demote_f64x2_zero(b), 0, 2);
}

/** Added to a small float64, rounds it to an integer and leaves that in the low bits: 1.5 * 2^52. */
const MAGIC: f64 = 6755399441055744.0;

/** e^x for two float64, x limited to -200..200 (beyond that float32 has only 0 and infinity). */
// @ts-ignore: decorator
@inline
export function expPair(x0: v128): v128 {
  const x = f64x2.min(f64x2.max(x0, f64x2.splat(-200)), f64x2.splat(200));
  const shifted = f64x2.add(f64x2.mul(x, f64x2.splat(1.4426950408889634)), f64x2.splat(MAGIC));
  const n = f64x2.sub(shifted, f64x2.splat(MAGIC));
  const r = f64x2.sub(x, f64x2.mul(n, f64x2.splat(0.6931471805599453)));
  let p = f64x2.splat(1.0 / 40320.0);
  p = f64x2.add(f64x2.mul(p, r), f64x2.splat(1.0 / 5040.0));
  p = f64x2.add(f64x2.mul(p, r), f64x2.splat(1.0 / 720.0));
  p = f64x2.add(f64x2.mul(p, r), f64x2.splat(1.0 / 120.0));
  p = f64x2.add(f64x2.mul(p, r), f64x2.splat(1.0 / 24.0));
  p = f64x2.add(f64x2.mul(p, r), f64x2.splat(1.0 / 6.0));
  p = f64x2.add(f64x2.mul(p, r), f64x2.splat(0.5));
  p = f64x2.add(f64x2.mul(p, r), f64x2.splat(1));
  p = f64x2.add(f64x2.mul(p, r), f64x2.splat(1));
  return f64x2.mul(p, i64x2.shl(i64x2.add(shifted, i64x2.splat(1023)), 52));
}

/** ln x for two float64 that come from float32: log 0 = -infinity, NaN below 0. */
// @ts-ignore: decorator
@inline
export function logPair(x: v128): v128 {
  // x = m * 2^e with m in [sqrt(1/2), sqrt 2); ln m = 2 artanh((m - 1) / (m + 1))
  const e = i64x2.shr_s(i64x2.sub(x, i64x2.splat(0x3fe6a09e667f3bcd)), 52);
  const m = i64x2.sub(x, i64x2.shl(e, 52));
  const s = f64x2.div(f64x2.sub(m, f64x2.splat(1)), f64x2.add(m, f64x2.splat(1)));
  const s2 = f64x2.mul(s, s);
  let p = f64x2.splat(2.0 / 13.0);
  p = f64x2.add(f64x2.mul(p, s2), f64x2.splat(2.0 / 11.0));
  p = f64x2.add(f64x2.mul(p, s2), f64x2.splat(2.0 / 9.0));
  p = f64x2.add(f64x2.mul(p, s2), f64x2.splat(2.0 / 7.0));
  p = f64x2.add(f64x2.mul(p, s2), f64x2.splat(2.0 / 5.0));
  p = f64x2.add(f64x2.mul(p, s2), f64x2.splat(2.0 / 3.0));
  p = f64x2.add(f64x2.mul(p, s2), f64x2.splat(2));
  const magic = f64x2.splat(MAGIC);
  const exponent = f64x2.sub(i64x2.add(magic, e), magic);
  let y = f64x2.add(f64x2.mul(exponent, f64x2.splat(0.6931471805599453)), f64x2.mul(p, s));
  y = v128.bitselect(x, y, f64x2.eq(x, f64x2.splat(Infinity)));
  y = v128.bitselect(f64x2.splat(-Infinity), y, f64x2.eq(x, f64x2.splat(0)));
  return v128.bitselect(y, f64x2.splat(NaN), f64x2.ge(x, f64x2.splat(0)));
}

/** sin(x + quarters * pi / 2) for two float64, |x| <= 10^6: pi / 2 in two parts of 33 and 53 bits. */
// @ts-ignore: decorator
@inline
function sine2x(x: v128, quarters: i64): v128 {
  const shifted = f64x2.add(f64x2.mul(x, f64x2.splat(0.6366197723675814)), f64x2.splat(MAGIC));
  const n = f64x2.sub(shifted, f64x2.splat(MAGIC));
  const r = f64x2.sub(
    f64x2.sub(x, f64x2.mul(n, f64x2.splat(1.57079632673412561417e0))),
    f64x2.mul(n, f64x2.splat(6.07710050650619224932e-11)),
  );
  const r2 = f64x2.mul(r, r);
  let s = f64x2.splat(-1.0 / 39916800.0);
  s = f64x2.add(f64x2.mul(s, r2), f64x2.splat(1.0 / 362880.0));
  s = f64x2.add(f64x2.mul(s, r2), f64x2.splat(-1.0 / 5040.0));
  s = f64x2.add(f64x2.mul(s, r2), f64x2.splat(1.0 / 120.0));
  s = f64x2.add(f64x2.mul(s, r2), f64x2.splat(-1.0 / 6.0));
  s = f64x2.mul(r, f64x2.add(f64x2.mul(s, r2), f64x2.splat(1)));
  let c = f64x2.splat(1.0 / 479001600.0);
  c = f64x2.add(f64x2.mul(c, r2), f64x2.splat(-1.0 / 3628800.0));
  c = f64x2.add(f64x2.mul(c, r2), f64x2.splat(1.0 / 40320.0));
  c = f64x2.add(f64x2.mul(c, r2), f64x2.splat(-1.0 / 720.0));
  c = f64x2.add(f64x2.mul(c, r2), f64x2.splat(1.0 / 24.0));
  c = f64x2.add(f64x2.mul(c, r2), f64x2.splat(-0.5));
  c = f64x2.add(f64x2.mul(c, r2), f64x2.splat(1));
  const quadrant = i64x2.add(shifted, i64x2.splat(quarters));
  const isOdd = i64x2.neg(v128.and(quadrant, i64x2.splat(1)));
  const sign = i64x2.shl(v128.and(quadrant, i64x2.splat(2)), 62);
  return v128.xor(v128.bitselect(c, s, isOdd), sign);
}

/** sin (quarters = 0) or cos (quarters = 1) of four float32; arguments beyond 10^6, rare, one by one. */
// @ts-ignore: decorator
@inline
export function sine4(x: v128, quarters: i64): v128 {
  if (v128.any_true(f32x4.gt(f32x4.abs(x), f32x4.splat(1e6)))) return farSine4(x, quarters);
  return join(sine2x(low(x), quarters), sine2x(high(x), quarters));
}

function farSine4(x: v128, quarters: i64): v128 {
  let y = f32x4.splat(farSine(f32x4.extract_lane(x, 0), quarters));
  y = f32x4.replace_lane(y, 1, farSine(f32x4.extract_lane(x, 1), quarters));
  y = f32x4.replace_lane(y, 2, farSine(f32x4.extract_lane(x, 2), quarters));
  return f32x4.replace_lane(y, 3, farSine(f32x4.extract_lane(x, 3), quarters));
}

function farSine(x: f32, quarters: i64): f32 {
  return <f32>(quarters ? Math.cos(x) : Math.sin(x));
}

/** tanh for two float64. */
// @ts-ignore: decorator
@inline
export function tanhPair(x: v128): v128 {
  const one = f64x2.splat(1);
  const e = expPair(f64x2.add(x, x));
  const y = f64x2.div(f64x2.sub(e, one), f64x2.add(e, one));
  return orItself(x, y);
}

/** y, but x itself where |x| < 10^-7: for functions like x near 0, whose formula loses all digits there. */
// @ts-ignore: decorator
@inline
export function orItself(x: v128, y: v128): v128 {
  return v128.bitselect(x, y, f64x2.lt(f64x2.abs(x), f64x2.splat(1e-7)));
}

/** x^y by float64's pow; 1^y = 1 but 1^NaN = NaN, as in JavaScript. */
// @ts-ignore: decorator
@inline
export function pow4(x: v128, y: v128): v128 {
  let z = f32x4.splat(pow1(f32x4.extract_lane(x, 0), f32x4.extract_lane(y, 0)));
  z = f32x4.replace_lane(z, 1, pow1(f32x4.extract_lane(x, 1), f32x4.extract_lane(y, 1)));
  z = f32x4.replace_lane(z, 2, pow1(f32x4.extract_lane(x, 2), f32x4.extract_lane(y, 2)));
  return f32x4.replace_lane(z, 3, pow1(f32x4.extract_lane(x, 3), f32x4.extract_lane(y, 3)));
}

function pow1(x: f32, y: f32): f32 {
  return <f32>Math.pow(x, y);
}
