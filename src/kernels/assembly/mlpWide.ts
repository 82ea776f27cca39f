// The loops of mlp.ts for engines that pair neighbouring vectors of 4 into one of 8: twice as many sums, always two side by side, which
// begin, go on and are stored alike. Anywhere else they have no registers to live in: see src/kernels/wideVectors.ts.
import { LINEAR, RELU } from './mlpActivations';
import { ROW, horizontalSums, multiplyAdd } from './simd';
import { threadMemory } from './thread';

// @ts-ignore: decorator
@inline
function put(out: usize, a: v128, b: v128, c: v128, d: v128): void {
  v128.store(out, a); v128.store(out, b, 16); v128.store(out, c, 32); v128.store(out, d, 48);
}

// @ts-ignore: decorator
@inline
function putPositive(out: usize, a: v128, b: v128, c: v128, d: v128): void {
  const zero = f32x4.splat(0);
  put(out, f32x4.pmax(a, zero), f32x4.pmax(b, zero), f32x4.pmax(c, zero), f32x4.pmax(d, zero));
}

// @ts-ignore: decorator
@inline
function putMasked(out: usize, mask: usize, a: v128, b: v128, c: v128, d: v128): void {
  const zero = f32x4.splat(0);
  put(
    out,
    v128.and(a, f32x4.gt(v128.load(mask), zero)), v128.and(b, f32x4.gt(v128.load(mask, 16), zero)),
    v128.and(c, f32x4.gt(v128.load(mask, 32), zero)), v128.and(d, f32x4.gt(v128.load(mask, 48), zero)),
  );
}

/** See multiplyTile in mlp.ts: 4 outputs of 16 samples at a time; the same bits. */
export function multiplyTileWide(packed: usize, x: usize, y: usize, inputs: i32, outputs: i32, activation: i32, mask: usize): void {
  const zero = f32x4.splat(0);
  const blockBytes = <usize>inputs << 4;
  const xBytes = <usize>inputs * ROW;
  for (let o = 0; o < outputs; o += 4) {
    for (let s: usize = 0; s < ROW; s += 64) {
      let w = packed;
      let at = x + s;
      const end = at + xBytes;
      let a0 = zero, a1 = zero, a2 = zero, a3 = zero, b0 = zero, b1 = zero, b2 = zero, b3 = zero;
      let c0 = zero, c1 = zero, c2 = zero, c3 = zero, d0 = zero, d1 = zero, d2 = zero, d3 = zero;
      do {
        const x0 = v128.load(at), x1 = v128.load(at, 16), x2 = v128.load(at, 32), x3 = v128.load(at, 48);
        let t = v128.load32_splat(w);
        a0 = multiplyAdd(t, x0, a0); a1 = multiplyAdd(t, x1, a1); a2 = multiplyAdd(t, x2, a2); a3 = multiplyAdd(t, x3, a3);
        t = v128.load32_splat(w, 4);
        b0 = multiplyAdd(t, x0, b0); b1 = multiplyAdd(t, x1, b1); b2 = multiplyAdd(t, x2, b2); b3 = multiplyAdd(t, x3, b3);
        t = v128.load32_splat(w, 8);
        c0 = multiplyAdd(t, x0, c0); c1 = multiplyAdd(t, x1, c1); c2 = multiplyAdd(t, x2, c2); c3 = multiplyAdd(t, x3, c3);
        t = v128.load32_splat(w, 12);
        d0 = multiplyAdd(t, x0, d0); d1 = multiplyAdd(t, x1, d1); d2 = multiplyAdd(t, x2, d2); d3 = multiplyAdd(t, x3, d3);
        at += ROW; w += 16;
      } while (at < end);
      const out = y + s;
      if (activation == RELU) {
        putPositive(out, a0, a1, a2, a3); putPositive(out + ROW, b0, b1, b2, b3);
        putPositive(out + 2 * ROW, c0, c1, c2, c3); putPositive(out + 3 * ROW, d0, d1, d2, d3);
      } else if (activation == LINEAR) {
        put(out, a0, a1, a2, a3); put(out + ROW, b0, b1, b2, b3);
        put(out + 2 * ROW, c0, c1, c2, c3); put(out + 3 * ROW, d0, d1, d2, d3);
      } else {
        const m = mask + s;
        putMasked(out, m, a0, a1, a2, a3); putMasked(out + ROW, m + ROW, b0, b1, b2, b3);
        putMasked(out + 2 * ROW, m + 2 * ROW, c0, c1, c2, c3); putMasked(out + 3 * ROW, m + 3 * ROW, d0, d1, d2, d3);
      }
    }
    packed += blockBytes; y += 4 * ROW; mask += 4 * ROW;
  }
}

/** See accumulateWeightGradient in mlp.ts: 2 x 4 weights at a time, 8 samples beside each other (so sums have an order of their own). */
export function accumulateWeightGradientWide(dy: usize, x: usize, dW: usize, inputs: i32, outputs: i32): void {
  const zero = f32x4.splat(0);
  const row = <usize>inputs << 2;
  const sums = threadMemory();
  for (let o = 0; o < outputs; o += 2) {
    let at = x;
    let g = dW;
    for (let i = 0; i < inputs; i += 4) {
      let a0 = zero, a1 = zero, a2 = zero, a3 = zero, a4 = zero, a5 = zero, a6 = zero, a7 = zero;
      let b0 = zero, b1 = zero, b2 = zero, b3 = zero, b4 = zero, b5 = zero, b6 = zero, b7 = zero;
      let p = dy, q = at;
      const end = p + ROW;
      do {
        const u0 = v128.load(p), u1 = v128.load(p, 16), v0 = v128.load(p, ROW), v1 = v128.load(p, ROW + 16);
        let t0 = v128.load(q), t1 = v128.load(q, 16);
        a0 = multiplyAdd(u0, t0, a0); a1 = multiplyAdd(u1, t1, a1); b0 = multiplyAdd(v0, t0, b0); b1 = multiplyAdd(v1, t1, b1);
        t0 = v128.load(q, ROW); t1 = v128.load(q, ROW + 16);
        a2 = multiplyAdd(u0, t0, a2); a3 = multiplyAdd(u1, t1, a3); b2 = multiplyAdd(v0, t0, b2); b3 = multiplyAdd(v1, t1, b3);
        t0 = v128.load(q, 2 * ROW); t1 = v128.load(q, 2 * ROW + 16);
        a4 = multiplyAdd(u0, t0, a4); a5 = multiplyAdd(u1, t1, a5); b4 = multiplyAdd(v0, t0, b4); b5 = multiplyAdd(v1, t1, b5);
        t0 = v128.load(q, 3 * ROW); t1 = v128.load(q, 3 * ROW + 16);
        a6 = multiplyAdd(u0, t0, a6); a7 = multiplyAdd(u1, t1, a7); b6 = multiplyAdd(v0, t0, b6); b7 = multiplyAdd(v1, t1, b7);
        p += 32; q += 32;
      } while (p < end);
      put(sums, a0, a1, a2, a3); put(sums + 64, a4, a5, a6, a7);
      put(sums + 128, b0, b1, b2, b3); put(sums + 192, b4, b5, b6, b7);
      v128.store(g, f32x4.add(v128.load(g), halvesAdded(sums)));
      v128.store(g + row, f32x4.add(v128.load(g + row), halvesAdded(sums + 128)));
      g += 16; at += 4 * ROW;
    }
    dy += 2 * ROW; dW += row << 1;
  }
}

/** The sums of four times eight numbers. */
// @ts-ignore: decorator
@inline
function halvesAdded(at: usize): v128 {
  return horizontalSums(
    f32x4.add(v128.load(at), v128.load(at, 16)), f32x4.add(v128.load(at, 32), v128.load(at, 48)),
    f32x4.add(v128.load(at, 64), v128.load(at, 80)), f32x4.add(v128.load(at, 96), v128.load(at, 112)),
  );
}
