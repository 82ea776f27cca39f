// Four elements at a time over arrays whose length need not be a multiple of four.

/** The first `left` (at least 1; all from 4 on) elements at `address`; lanes beyond them are 0. */
// @ts-ignore: decorator
@inline
export function load4(address: usize, left: i32): v128 {
  if (left >= 4) return v128.load(address);
  return loadTail(address, left);
}

/** Stores the first `left` lanes (all from 4 on). */
// @ts-ignore: decorator
@inline
export function store4(address: usize, value: v128, left: i32): void {
  if (left >= 4) v128.store(address, value);
  else storeTail(address, value, left);
}

function loadTail(address: usize, left: i32): v128 {
  let value = f32x4.replace_lane(f32x4.splat(0), 0, load<f32>(address));
  if (left > 1) value = f32x4.replace_lane(value, 1, load<f32>(address, 4));
  if (left > 2) value = f32x4.replace_lane(value, 2, load<f32>(address, 8));
  return value;
}

function storeTail(address: usize, value: v128, left: i32): void {
  store<f32>(address, f32x4.extract_lane(value, 0));
  if (left > 1) store<f32>(address, f32x4.extract_lane(value, 1), 4);
  if (left > 2) store<f32>(address, f32x4.extract_lane(value, 2), 8);
}

/**
 * Numbers below 1e-36 become 0; NaN stays. Averages of what has become 0 would decay into subnormal numbers, which processors compute with a
 * hundred times slower: some hundred steps after empty space was found, most of a hash grid's moments would be such numbers.
 */
// @ts-ignore: decorator
@inline
export function withoutTraces(x: v128): v128 {
  return v128.andnot(x, f32x4.lt(f32x4.abs(x), f32x4.splat(1e-36)));
}

/** a * x + b * y without traces, each product rounded (no fused multiply-add), so that all module variants give the same bits. */
// @ts-ignore: decorator
@inline
export function blend4(a: v128, x: v128, b: v128, y: v128): v128 {
  return withoutTraces(f32x4.add(f32x4.mul(a, x), f32x4.mul(b, y)));
}

/** average + (value - average) * weight, without traces */
// @ts-ignore: decorator
@inline
export function lerp4(average: v128, value: v128, weight: v128): v128 {
  return withoutTraces(f32x4.add(average, f32x4.mul(f32x4.sub(value, average), weight)));
}
