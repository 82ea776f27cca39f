// Training on a tile: forward, squared error, and backward to a gradient record for each (splat, tile) pair.
import { blendAndKeep, endOfList, enterTile, firstPixel, fromLeft, keptOne, left, list, rows, stride, top } from './splatBlend';
import { GRADIENT_BYTES, Record, SplatPlan } from './splatPlan';
import { COLOR, COLOR_GRADIENT, FIRST_VECTOR, LIGHT, PLANE, PLANE_ROW, TO_COME, alphasAt, ownScratch, spansAt } from './splatScratch';
import { horizontalSums, multiplyAdd } from './simd';

/** A pixel that no photo has, transparent and white with premultiplied alpha: a mask hides it (photoPyramid.ts). */
const MASKED: i32 = 0x00ffffff;

/** Unit = a tile. */
export function splatTrainTile(tile: i32, address: usize): void {
  const plan = changetype<SplatPlan>(address), scratch = ownScratch(plan);
  enterTile(plan, scratch, tile);
  const end = blendAndKeep(plan, scratch);
  store<f64>(plan.tileLosses + (<usize>tile << 3), compare(plan, scratch));
  backward(plan, scratch, end);
}

/** Squared error against the photo where no mask hides it, and its gradient by the colours. All light is left again afterwards. @returns the tile's part of the loss */
function compare(plan: SplatPlan, scratch: usize): f64 {
  const scale = f32x4.splat(plan.lossScale), width = f32x4.splat(<f32>plan.width), lanes = f32x4(0, 1, 2, 3);
  const byte = i32x4.splat(255), unit = f32x4.splat(<f32>(1.0 / 255.0)), one = f32x4.splat(1);
  let loss: f64 = 0;
  for (let row = 0; row < rows; row++) {
    const pixels = plan.image + (<usize>((top + row * stride) * plan.width + left) << 2);
    let sum = f32x4.splat(0);
    for (let column: usize = 0; column < PLANE_ROW; column += 16) {
      const at = scratch + <usize>row * PLANE_ROW + column;
      const rgba = v128.load(pixels + column), light = v128.load(at, LIGHT);
      const inside = f32x4.lt(f32x4.add(f32x4.splat(<f32>left + <f32>(column >> 2)), lanes), width);
      const weight = v128.andnot(v128.and(scale, inside), i32x4.eq(rgba, i32x4.splat(MASKED)));
      const clear = f32x4.sub(one, f32x4.mul(f32x4.convert_i32x4_s(i32x4.shr_u(rgba, 24)), unit));
      let toCome = f32x4.splat(0);
      for (let channel = 0; channel < 3; channel++) {
        const background = f32x4.splat(load<f32>(changetype<usize>(plan) + (<usize>channel << 2), offsetof<SplatPlan>('backgroundR')));
        const plane = at + <usize>channel * PLANE;
        const color = multiplyAdd(light, background, v128.load(plane, COLOR));
        const target = multiplyAdd(clear, background, f32x4.mul(f32x4.convert_i32x4_s(v128.and(i32x4.shr_u(rgba, channel << 3), byte)), unit));
        const error = f32x4.sub(color, target), weighted = f32x4.mul(error, weight), gradient = f32x4.add(weighted, weighted);
        sum = multiplyAdd(error, weighted, sum);
        toCome = multiplyAdd(gradient, color, toCome);
        v128.store(plane, gradient, COLOR_GRADIENT);
      }
      v128.store(at, toCome, TO_COME);
      v128.store(at, one, LIGHT);
    }
    loss += (<f64>f32x4.extract_lane(sum, 0) + <f64>f32x4.extract_lane(sum, 1)) + (<f64>f32x4.extract_lane(sum, 2) + <f64>f32x4.extract_lane(sum, 3));
  }
  return loss;
}

/**
 * Front to back. With alpha_k and the light T_k before it: w_k = alpha_k T_k, R_k = sum over what lies behind k, background included, of w g.c
 * (g the gradient of the pixel's colour), dL/d(ln alpha_k) = w_k g.c_k - alpha_k / (1 - alpha_k) R_k. A record holds the sums over the tile's
 * pixels of that times 1, dx, dy, dx², dx dy, dy², and of w g for red, green, blue.
 */
function backward(plan: SplatPlan, scratch: usize, end: usize): void {
  const zero = f32x4.splat(0), one = keptOne(), four = firstPixel(1), rowStep = f32x4.splat(<f32>stride);
  let spans = scratch + spansAt(plan), alphas = scratch + alphasAt(plan);
  const sums = scratch + FIRST_VECTOR;
  for (let entry = list; entry < endOfList; entry += offsetof<Record>()) {
    const record = changetype<Record>(entry), to = plan.pairGradients + <usize>record.firstPair * GRADIENT_BYTES;
    if (entry >= end) {
      v128.store(to, zero); v128.store(to, zero, 16); v128.store(to, zero, 32);
      continue;
    }
    const first = <i32>load<u8>(spans), after = <i32>load<u8>(spans, 1);
    spans += 2;
    const red = v128.load32_splat(entry, offsetof<Record>('red')), green = v128.load32_splat(entry, offsetof<Record>('green')), blue = v128.load32_splat(entry, offsetof<Record>('blue'));
    const begin = fromLeft(record);
    let dy = f32x4.splat(<f32>(first * stride) - (record.y - <f32>top - <f32>0.5));
    let sumRed = zero, sumGreen = zero, sumBlue = zero;
    for (let k: usize = 0; k < 96; k += 16) v128.store(sums + k, zero);
    for (let row = first; row < after; row++, dy = f32x4.add(dy, rowStep)) {
      const from = <i32>load<u8>(spans), last = <i32>load<u8>(spans, 1);
      spans += 2;
      if (last < from) continue;
      let dx = f32x4.add(begin, firstPixel(from));
      let s0 = zero, s1 = zero, s2 = zero;
      let at = scratch + <usize>row * PLANE_ROW + (<usize>from << 4);
      for (const stop = at + (<usize>(last - from) << 4); at <= stop; at += 16) {
        const alpha = v128.load(alphas);
        alphas += 16;
        const light = v128.load(at, LIGHT), weight = f32x4.mul(alpha, light);
        v128.store(at, f32x4.sub(light, weight), LIGHT);
        const dRed = v128.load(at, COLOR_GRADIENT), dGreen = v128.load(at, COLOR_GRADIENT + PLANE), dBlue = v128.load(at, COLOR_GRADIENT + 2 * PLANE);
        sumRed = multiplyAdd(weight, dRed, sumRed);
        sumGreen = multiplyAdd(weight, dGreen, sumGreen);
        sumBlue = multiplyAdd(weight, dBlue, sumBlue);
        const share = f32x4.mul(weight, multiplyAdd(dBlue, blue, multiplyAdd(dGreen, green, f32x4.mul(dRed, red))));
        const behind = f32x4.sub(v128.load(at, TO_COME), share);
        v128.store(at, behind, TO_COME);
        const g = f32x4.sub(share, f32x4.div(f32x4.mul(alpha, behind), f32x4.sub(one, alpha)));
        const gx = f32x4.mul(g, dx);
        s0 = f32x4.add(s0, g);
        s1 = f32x4.add(s1, gx);
        s2 = multiplyAdd(gx, dx, s2);
        dx = f32x4.add(dx, four);
      }
      const y0 = f32x4.mul(s0, dy);
      v128.store(sums, f32x4.add(v128.load(sums), s0));
      v128.store(sums, f32x4.add(v128.load(sums, 16), s1), 16);
      v128.store(sums, f32x4.add(v128.load(sums, 32), y0), 32);
      v128.store(sums, f32x4.add(v128.load(sums, 48), s2), 48);
      v128.store(sums, multiplyAdd(s1, dy, v128.load(sums, 64)), 64);
      v128.store(sums, multiplyAdd(y0, dy, v128.load(sums, 80)), 80);
    }
    v128.store(to, horizontalSums(v128.load(sums), v128.load(sums, 16), v128.load(sums, 32), v128.load(sums, 48)));
    v128.store(to, horizontalSums(v128.load(sums, 64), v128.load(sums, 80), sumRed, sumGreen), 16);
    v128.store(to, horizontalSums(sumBlue, zero, zero, zero), 32);
  }
}
