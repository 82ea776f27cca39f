// The most arithmetic that a core does: what kernels are measured against.
import { multiplyAdd } from './simd';

/** `rounds` times ten independent multiply-adds of four float32 (80 operations) in registers. Their sum, so that none is left out. */
export function multiplyAddPeak(unit: i32, rounds: i32, result: usize): void {
  const x = f32x4.splat(0.999), y = f32x4.splat(0.001);
  let a = f32x4.splat(<f32>unit), b = a, c = a, d = a, e = a, f = a, g = a, h = a, i = a, j = a;
  for (let round = 0; round < rounds; round++) {
    a = multiplyAdd(a, x, y); b = multiplyAdd(b, x, y); c = multiplyAdd(c, x, y); d = multiplyAdd(d, x, y); e = multiplyAdd(e, x, y);
    f = multiplyAdd(f, x, y); g = multiplyAdd(g, x, y); h = multiplyAdd(h, x, y); i = multiplyAdd(i, x, y); j = multiplyAdd(j, x, y);
  }
  const left = f32x4.add(f32x4.add(a, b), f32x4.add(f32x4.add(c, d), e));
  const right = f32x4.add(f32x4.add(f, g), f32x4.add(f32x4.add(h, i), j));
  v128.store(result + (<usize>unit << 4), f32x4.add(left, right));
}
