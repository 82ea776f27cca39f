// The loops of mlp.ts in vectors of 4: 8 sums, and what they are made of, fill the 16 registers of a processor.
import { RELU, RELU_GRADIENT } from './mlpActivations';
import { ROW, multiplyAdd } from './simd';

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

/** See accumulateWeightGradient in mlp.ts: the gradients of 4 x 8 weights at dW, `stride` bytes from one input's to the next one's. */
// @ts-ignore: decorator
@inline
export function addOuterProducts4x8(x: usize, dy: usize, dW: usize, stride: usize): void {
  const second = dW + stride, third = second + stride, fourth = third + stride;
  let a0 = v128.load(dW), a1 = v128.load(dW, 16), b0 = v128.load(second), b1 = v128.load(second, 16);
  let c0 = v128.load(third), c1 = v128.load(third, 16), d0 = v128.load(fourth), d1 = v128.load(fourth, 16);
  const end = x + ROW;
  do {
    const y0 = v128.load(dy), y1 = v128.load(dy, 16);
    let t = v128.load32_splat(x);
    a0 = multiplyAdd(t, y0, a0); a1 = multiplyAdd(t, y1, a1);
    t = v128.load32_splat(x, ROW);
    b0 = multiplyAdd(t, y0, b0); b1 = multiplyAdd(t, y1, b1);
    t = v128.load32_splat(x, 2 * ROW);
    c0 = multiplyAdd(t, y0, c0); c1 = multiplyAdd(t, y1, c1);
    t = v128.load32_splat(x, 3 * ROW);
    d0 = multiplyAdd(t, y0, d0); d1 = multiplyAdd(t, y1, d1);
    x += 4; dy += stride;
  } while (x < end);
  v128.store(dW, a0); v128.store(dW, a1, 16); v128.store(second, b0); v128.store(second, b1, 16);
  v128.store(third, c0); v128.store(third, c1, 16); v128.store(fourth, d0); v128.store(fourth, d1, 16);
}

/** As addOuterProducts4x8, of 4 x 4 weights. */
// @ts-ignore: decorator
@inline
export function addOuterProducts4x4(x: usize, dy: usize, dW: usize, stride: usize): void {
  const second = dW + stride, third = second + stride, fourth = third + stride;
  let a = v128.load(dW), b = v128.load(second), c = v128.load(third), d = v128.load(fourth);
  const end = x + ROW;
  do {
    const y = v128.load(dy);
    a = multiplyAdd(v128.load32_splat(x), y, a);
    b = multiplyAdd(v128.load32_splat(x, ROW), y, b);
    c = multiplyAdd(v128.load32_splat(x, 2 * ROW), y, c);
    d = multiplyAdd(v128.load32_splat(x, 3 * ROW), y, d);
    x += 4; dy += stride;
  } while (x < end);
  v128.store(dW, a); v128.store(second, b); v128.store(third, c); v128.store(fourth, d);
}
