// The most arithmetic that a core does: what kernels are measured against.
import { multiplyAdd } from './simd';

/** Bytes that a unit of multiplyAddPeak leaves, and what it computes in a round (a multiply-add of four float32 is 8 operations). */
const RESULT_BYTES: usize = 256;
const ROUND_OPERATIONS: i32 = WIDE ? 128 : 96;

export function peakOperationsPerRound(): i32 {
  return ROUND_OPERATIONS;
}

/**
 * `rounds` times twelve independent multiply-adds in registers: with fewer, the module without a fused one would wait for its sums. In vectors
 * of 8 there are eight of them, in pairs of vectors of 4. Factor and summand come from outside: constants would be loaded again each time.
 */
export function multiplyAddPeak(unit: i32, rounds: i32, results: usize, factor: f32, summand: f32): void {
  const x = f32x4.splat(factor), y = f32x4.splat(summand), at = results + <usize>unit * RESULT_BYTES;
  let a = f32x4.splat(<f32>unit), b = a, c = a, d = a, e = a, f = a, g = a, h = a, i = a, j = a, k = a, l = a, m = a, n = a, o = a, p = a;
  for (let round = 0; round < rounds; round++) {
    a = multiplyAdd(a, x, y); b = multiplyAdd(b, x, y); c = multiplyAdd(c, x, y); d = multiplyAdd(d, x, y);
    e = multiplyAdd(e, x, y); f = multiplyAdd(f, x, y); g = multiplyAdd(g, x, y); h = multiplyAdd(h, x, y);
    i = multiplyAdd(i, x, y); j = multiplyAdd(j, x, y); k = multiplyAdd(k, x, y); l = multiplyAdd(l, x, y);
    if (WIDE) { m = multiplyAdd(m, x, y); n = multiplyAdd(n, x, y); o = multiplyAdd(o, x, y); p = multiplyAdd(p, x, y); }
  }
  v128.store(at, a); v128.store(at, b, 16); v128.store(at, c, 32); v128.store(at, d, 48);
  v128.store(at, e, 64); v128.store(at, f, 80); v128.store(at, g, 96); v128.store(at, h, 112);
  v128.store(at, i, 128); v128.store(at, j, 144); v128.store(at, k, 160); v128.store(at, l, 176);
  v128.store(at, m, 192); v128.store(at, n, 208); v128.store(at, o, 224); v128.store(at, p, 240);
}
