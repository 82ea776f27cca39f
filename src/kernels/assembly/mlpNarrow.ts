// The loops of mlp.ts in vectors of 4: 8 sums, and what they are made of, fill the 16 registers of a processor.
import { RELU, RELU_GRADIENT } from './mlpActivations';
import { ROW, horizontalSums, multiplyAdd } from './simd';

/** See multiplyTile in mlp.ts: 4 outputs of 8 samples at a time. */
export function multiplyTileNarrow(packed: usize, x: usize, y: usize, inputs: i32, outputs: i32, activation: i32, mask: usize): void {
  const zero = f32x4.splat(0);
  const blockBytes = <usize>inputs << 4;
  const xBytes = <usize>inputs * ROW;
  for (let o = 0; o < outputs; o += 4) {
    for (let s: usize = 0; s < ROW; s += 32) {
      let w = packed;
      let at = x + s;
      const end = at + xBytes;
      let a0 = zero, a1 = zero, b0 = zero, b1 = zero, c0 = zero, c1 = zero, d0 = zero, d1 = zero;
      do {
        const x0 = v128.load(at), x1 = v128.load(at, 16);
        let t = v128.load32_splat(w);
        a0 = multiplyAdd(t, x0, a0); a1 = multiplyAdd(t, x1, a1);
        t = v128.load32_splat(w, 4);
        b0 = multiplyAdd(t, x0, b0); b1 = multiplyAdd(t, x1, b1);
        t = v128.load32_splat(w, 8);
        c0 = multiplyAdd(t, x0, c0); c1 = multiplyAdd(t, x1, c1);
        t = v128.load32_splat(w, 12);
        d0 = multiplyAdd(t, x0, d0); d1 = multiplyAdd(t, x1, d1);
        at += ROW; w += 16;
      } while (at < end);
      if (activation == RELU) {
        a0 = f32x4.pmax(a0, zero); a1 = f32x4.pmax(a1, zero); b0 = f32x4.pmax(b0, zero); b1 = f32x4.pmax(b1, zero);
        c0 = f32x4.pmax(c0, zero); c1 = f32x4.pmax(c1, zero); d0 = f32x4.pmax(d0, zero); d1 = f32x4.pmax(d1, zero);
      } else if (activation == RELU_GRADIENT) {
        const m = mask + s;
        a0 = v128.and(a0, f32x4.gt(v128.load(m), zero)); a1 = v128.and(a1, f32x4.gt(v128.load(m, 16), zero));
        b0 = v128.and(b0, f32x4.gt(v128.load(m, ROW), zero)); b1 = v128.and(b1, f32x4.gt(v128.load(m, ROW + 16), zero));
        c0 = v128.and(c0, f32x4.gt(v128.load(m, 2 * ROW), zero)); c1 = v128.and(c1, f32x4.gt(v128.load(m, 2 * ROW + 16), zero));
        d0 = v128.and(d0, f32x4.gt(v128.load(m, 3 * ROW), zero)); d1 = v128.and(d1, f32x4.gt(v128.load(m, 3 * ROW + 16), zero));
      }
      const out = y + s;
      v128.store(out, a0); v128.store(out, a1, 16);
      v128.store(out, b0, ROW); v128.store(out, b1, ROW + 16);
      v128.store(out, c0, 2 * ROW); v128.store(out, c1, 2 * ROW + 16);
      v128.store(out, d0, 3 * ROW); v128.store(out, d1, 3 * ROW + 16);
    }
    packed += blockBytes; y += 4 * ROW; mask += 4 * ROW;
  }
}

/** See accumulateWeightGradient in mlp.ts: 2 x 4 weights at a time, 4 samples beside each other. */
export function accumulateWeightGradientNarrow(dy: usize, x: usize, dW: usize, inputs: i32, outputs: i32): void {
  const zero = f32x4.splat(0);
  const row = <usize>inputs << 2;
  for (let o = 0; o < outputs; o += 2) {
    let at = x;
    let g = dW;
    for (let i = 0; i < inputs; i += 4) {
      let a0 = zero, a1 = zero, a2 = zero, a3 = zero, b0 = zero, b1 = zero, b2 = zero, b3 = zero;
      let p = dy, q = at;
      const end = p + ROW;
      do {
        const u = v128.load(p), v = v128.load(p, ROW);
        let t = v128.load(q);
        a0 = multiplyAdd(u, t, a0); b0 = multiplyAdd(v, t, b0);
        t = v128.load(q, ROW);
        a1 = multiplyAdd(u, t, a1); b1 = multiplyAdd(v, t, b1);
        t = v128.load(q, 2 * ROW);
        a2 = multiplyAdd(u, t, a2); b2 = multiplyAdd(v, t, b2);
        t = v128.load(q, 3 * ROW);
        a3 = multiplyAdd(u, t, a3); b3 = multiplyAdd(v, t, b3);
        p += 16; q += 16;
      } while (p < end);
      v128.store(g, f32x4.add(v128.load(g), horizontalSums(a0, a1, a2, a3)));
      v128.store(g + row, f32x4.add(v128.load(g + row), horizontalSums(b0, b1, b2, b3)));
      g += 16; at += 4 * ROW;
    }
    dy += 2 * ROW; dW += row << 1;
  }
}
