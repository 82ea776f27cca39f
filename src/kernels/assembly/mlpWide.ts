// The loops of mlp.ts for engines that pair neighbouring vectors of 4 into one of 8: twice as many sums, always two side by side, which
// begin, go on and are stored alike. Anywhere else they have no registers to live in: see src/kernels/wideVectors.ts.
import { LINEAR, RELU } from './mlpActivations';
import { ROW, multiplyAdd } from './simd';

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

/** As addOuterProducts4x8, of 4 x 16 weights; the same bits. */
// @ts-ignore: decorator
@inline
export function addOuterProducts4x16(x: usize, dy: usize, dW: usize, stride: usize): void {
  const second = dW + stride, third = second + stride, fourth = third + stride;
  let a0 = v128.load(dW), a1 = v128.load(dW, 16), a2 = v128.load(dW, 32), a3 = v128.load(dW, 48);
  let b0 = v128.load(second), b1 = v128.load(second, 16), b2 = v128.load(second, 32), b3 = v128.load(second, 48);
  let c0 = v128.load(third), c1 = v128.load(third, 16), c2 = v128.load(third, 32), c3 = v128.load(third, 48);
  let d0 = v128.load(fourth), d1 = v128.load(fourth, 16), d2 = v128.load(fourth, 32), d3 = v128.load(fourth, 48);
  const end = x + ROW;
  do {
    const y0 = v128.load(dy), y1 = v128.load(dy, 16), y2 = v128.load(dy, 32), y3 = v128.load(dy, 48);
    let t = v128.load32_splat(x);
    a0 = multiplyAdd(t, y0, a0); a1 = multiplyAdd(t, y1, a1); a2 = multiplyAdd(t, y2, a2); a3 = multiplyAdd(t, y3, a3);
    t = v128.load32_splat(x, ROW);
    b0 = multiplyAdd(t, y0, b0); b1 = multiplyAdd(t, y1, b1); b2 = multiplyAdd(t, y2, b2); b3 = multiplyAdd(t, y3, b3);
    t = v128.load32_splat(x, 2 * ROW);
    c0 = multiplyAdd(t, y0, c0); c1 = multiplyAdd(t, y1, c1); c2 = multiplyAdd(t, y2, c2); c3 = multiplyAdd(t, y3, c3);
    t = v128.load32_splat(x, 3 * ROW);
    d0 = multiplyAdd(t, y0, d0); d1 = multiplyAdd(t, y1, d1); d2 = multiplyAdd(t, y2, d2); d3 = multiplyAdd(t, y3, d3);
    x += 4; dy += stride;
  } while (x < end);
  put(dW, a0, a1, a2, a3); put(second, b0, b1, b2, b3); put(third, c0, c1, c2, c3); put(fourth, d0, d1, d2, d3);
}
