// The most arithmetic that a core does: what kernels are measured against.
import { multiplyAdd } from './simd';

/**
 * `rounds` times twelve independent multiply-adds of four float32 (96 operations) in registers: with fewer, the module without a fused
 * one would wait for its sums. The total, so that none is left out.
 */
export function multiplyAddPeak(unit: i32, rounds: i32, result: usize): void {
  const x = f32x4.splat(0.999), y = f32x4.splat(0.001);
  let a = f32x4.splat(<f32>unit), b = a, c = a, d = a, e = a, f = a, g = a, h = a, i = a, j = a, k = a, l = a;
  for (let round = 0; round < rounds; round++) {
    a = multiplyAdd(a, x, y); b = multiplyAdd(b, x, y); c = multiplyAdd(c, x, y); d = multiplyAdd(d, x, y); e = multiplyAdd(e, x, y);
    f = multiplyAdd(f, x, y); g = multiplyAdd(g, x, y); h = multiplyAdd(h, x, y); i = multiplyAdd(i, x, y); j = multiplyAdd(j, x, y);
    k = multiplyAdd(k, x, y); l = multiplyAdd(l, x, y);
  }
  const left = f32x4.add(f32x4.add(a, b), f32x4.add(f32x4.add(c, d), e));
  const right = f32x4.add(f32x4.add(f, g), f32x4.add(f32x4.add(h, i), j));
  const rest = f32x4.add(k, l);
  v128.store(result + (<usize>unit << 4), f32x4.add(f32x4.add(left, right), rest));
}
