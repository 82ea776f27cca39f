// What densification looks at, summed up over steps.

/**
 * A step's lengths of splats in view (>= 0) go into `sums`, and each counts in `seen`. All [count] float32 with room up to a multiple of 4, where
 * anything may be written.
 */
export function splatAddScreenGradients(count: i32, lengths: usize, sums: usize, seen: usize): void {
  const zero = f32x4.splat(0), one = f32x4.splat(1);
  for (let at: usize = 0, end = <usize>count << 2; at < end; at += 16) {
    const length = v128.load(lengths + at), isInView = f32x4.ge(length, zero);
    v128.store(sums + at, f32x4.add(v128.load(sums + at), v128.and(length, isInView)));
    v128.store(seen + at, f32x4.add(v128.load(seen + at), v128.and(one, isInView)));
  }
}
