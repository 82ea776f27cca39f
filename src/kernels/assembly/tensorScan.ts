// Running sums and products along an axis, and softmax: one row needs all of what came before it.
import { expPair, high, join, low } from './tensorMath';
import { largest } from './tensorReduce';
import { load4, store4 } from './vectors';

/**
 * out = running sum (or product) of x along the middle axis of [outer, length, inner], in float64; exclusive: what came before each
 * element; reverse: from the end. Unit: `groups` outer elements.
 */
// @ts-ignore: decorator
@inline
function scan(
  unit: i32, groups: i32, outer: i32, length: i32, inner: i32, x: usize, out: usize, exclusive: i32, reverse: i32, product: bool,
): void {
  const end = min(unit * groups + groups, outer);
  const step = reverse ? -inner : inner;
  for (let group = unit * groups; group < end; group++) {
    const base = group * length * inner + (reverse ? (length - 1) * inner : 0);
    for (let column = 0; column < inner; column++) {
      let total: f64 = product ? 1 : 0;
      let i = base + column;
      for (let k = 0; k < length; k++, i += step) {
        const at = <usize>i << 2;
        const value: f64 = load<f32>(x + at);
        const next = product ? total * value : total + value;
        store<f32>(out + at, <f32>(exclusive ? total : next));
        total = next;
      }
    }
  }
}

export function runningSum(unit: i32, groups: i32, outer: i32, length: i32, inner: i32, x: usize, out: usize, exclusive: i32, reverse: i32): void {
  scan(unit, groups, outer, length, inner, x, out, exclusive, reverse, false);
}

export function runningProduct(unit: i32, groups: i32, outer: i32, length: i32, inner: i32, x: usize, out: usize, exclusive: i32, reverse: i32): void {
  scan(unit, groups, outer, length, inner, x, out, exclusive, reverse, true);
}

/** out = e^(x - max) / sum of them, for each row of [rows, length]; unit: `groups` rows. */
export function softmax(unit: i32, groups: i32, rows: i32, length: i32, x: usize, out: usize): void {
  const end = min(unit * groups + groups, rows);
  for (let row = unit * groups; row < end; row++) {
    const offset = <usize>row * <usize>length << 2;
    const source = x + offset, target = out + offset;
    const top = f64x2.splat(largest(source, length));
    let sum: f64 = 0;
    for (let i = 0; i < length; i += 4) {
      const at = <usize>i << 2, left = length - i;
      const value = load4(source + at, left);
      const a = expPair(f64x2.sub(low(value), top)), b = expPair(f64x2.sub(high(value), top));
      store4(target + at, join(a, b), left);
      sum += f64x2.extract_lane(a, 0);
      if (left > 1) sum += f64x2.extract_lane(a, 1);
      if (left > 2) sum += f64x2.extract_lane(b, 0);
      if (left > 3) sum += f64x2.extract_lane(b, 1);
    }
    const total = f32x4.splat(<f32>sum);
    for (let i = 0; i < length; i += 4) {
      const at = <usize>i << 2, left = length - i;
      store4(target + at, f32x4.div(load4(target + at, left), total), left);
    }
  }
}
