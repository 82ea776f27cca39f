// Colours of four splats seen from the camera: 0.5 + spherical harmonics (as INRIA's PLY files have them), and their gradients.
import { multiplyAdd } from './simd';
import { SplatPlan } from './splatPlan';
import { Projection } from './splatProjection';
import { loadRows, loadRowsOf3, storeHalves, storeRows, storeRowsOf3 } from './splatRows';

/** Behind the projection in the thread's memory: 4 splats' coefficients, 3 + 45 (rounded up: 49) columns of 16 bytes; the same of gradients; 16 values of the basis. */
// @ts-ignore: decorator
@inline
function coefficients(p: Projection): usize {
  return changetype<usize>(p) + ((offsetof<Projection>() + 15) & ~15);
}
const COEFFICIENT_BYTES: usize = 52 << 4;

/** Direction from the camera to the splat, 1 / distance behind it; then 0.5 + colour, in red, green, blue. */
@unmanaged
export class View {
  x: v128; y: v128; z: v128;
  inverseDistance: v128;
  red: v128; green: v128; blue: v128;
}

// @ts-ignore: decorator
@inline
export function viewOf(p: Projection): View {
  return changetype<View>(coefficients(p) + 2 * COEFFICIENT_BYTES + 256);
}

// @ts-ignore: decorator
@inline
function terms(degree: i32): i32 {
  return (degree + 1) * (degree + 1);
}

// @ts-ignore: decorator
@inline
function scaled(factor: f32, x: v128): v128 {
  return f32x4.mul(f32x4.splat(factor), x);
}

/** Values of the real spherical harmonics of degree 0 to 3, 16 bytes each. */
function basisAt(degree: i32, x: v128, y: v128, z: v128, to: usize): void {
  v128.store(to, f32x4.splat(0.28209479177387814));
  if (degree < 1) return;
  v128.store(to, scaled(-0.4886025119029199, y), 16);
  v128.store(to, scaled(0.4886025119029199, z), 32);
  v128.store(to, scaled(-0.4886025119029199, x), 48);
  if (degree < 2) return;
  const xx = f32x4.mul(x, x), yy = f32x4.mul(y, y), zz = f32x4.mul(z, z), difference = f32x4.sub(xx, yy);
  v128.store(to, scaled(1.0925484305920792, f32x4.mul(x, y)), 64);
  v128.store(to, scaled(-1.0925484305920792, f32x4.mul(y, z)), 80);
  v128.store(to, scaled(0.31539156525252005, f32x4.sub(f32x4.add(zz, zz), f32x4.add(xx, yy))), 96);
  v128.store(to, scaled(-1.0925484305920792, f32x4.mul(x, z)), 112);
  v128.store(to, scaled(0.5462742152960396, difference), 128);
  if (degree < 3) return;
  const three = f32x4.splat(3), outer = f32x4.sub(scaled(4, zz), f32x4.add(xx, yy));
  v128.store(to, scaled(-0.5900435899266435, f32x4.mul(y, f32x4.sub(f32x4.mul(three, xx), yy))), 144);
  v128.store(to, scaled(2.890611442640554, f32x4.mul(f32x4.mul(x, y), z)), 160);
  v128.store(to, scaled(-0.4570457994644658, f32x4.mul(y, outer)), 176);
  v128.store(to, scaled(0.3731763325901154, f32x4.mul(z, f32x4.sub(f32x4.add(zz, zz), f32x4.mul(three, f32x4.add(xx, yy))))), 192);
  v128.store(to, scaled(-0.4570457994644658, f32x4.mul(x, outer)), 208);
  v128.store(to, scaled(1.445305721320277, f32x4.mul(z, difference)), 224);
  v128.store(to, scaled(-0.5900435899266435, f32x4.mul(x, f32x4.sub(xx, f32x4.mul(three, yy)))), 240);
}

/** Directions and colours (not clamped) of splats `first` to `first + 3`. */
export function colorsAt(plan: SplatPlan, p: Projection, first: i32): void {
  const view = viewOf(p), stage = coefficients(p), basis = stage + 2 * COEFFICIENT_BYTES;
  const dx = f32x4.sub(p.worldX, f32x4.splat(plan.positionX)), dy = f32x4.sub(p.worldY, f32x4.splat(plan.positionY)), dz = f32x4.sub(p.worldZ, f32x4.splat(plan.positionZ));
  const square = multiplyAdd(dx, dx, multiplyAdd(dy, dy, multiplyAdd(dz, dz, f32x4.splat(1e-12))));
  const inverse = f32x4.div(f32x4.splat(1), f32x4.sqrt(square));
  view.inverseDistance = inverse;
  view.x = f32x4.mul(dx, inverse); view.y = f32x4.mul(dy, inverse); view.z = f32x4.mul(dz, inverse);
  basisAt(plan.degree, view.x, view.y, view.z, basis);
  loadRowsOf3(plan.colors + <usize>first * 12, stage);
  if (plan.degree > 0) loadRows(plan.harmonics + (<usize>(first * plan.harmonicsWidth) << 2), plan.harmonicsWidth, stage + 48);
  const half = f32x4.splat(0.5);
  let red = half, green = half, blue = half;
  for (let j = 0, n = terms(plan.degree); j < n; j++) {
    const value = v128.load(basis + (<usize>j << 4)), at = stage + <usize>j * 48;
    red = multiplyAdd(value, v128.load(at), red);
    green = multiplyAdd(value, v128.load(at, 16), green);
    blue = multiplyAdd(value, v128.load(at, 32), blue);
  }
  view.red = red; view.green = green; view.blue = blue;
}

/**
 * Gradients of colours and harmonics, given those of the colours (0 where they were clamped or the splat is out of view).
 * Coefficients and basis are those that colorsAt left. @returns via view.red, green, blue: the gradient of the splat's position.
 */
export function colorGradients(plan: SplatPlan, p: Projection, first: i32, red: v128, green: v128, blue: v128): void {
  const view = viewOf(p), stage = coefficients(p), gradients = stage + COEFFICIENT_BYTES, basis = stage + 2 * COEFFICIENT_BYTES;
  const n = terms(plan.degree);
  // The basis value of each term makes room for the weight of its derivative: the sum over colours of gradient times coefficient.
  for (let j = 0; j < n; j++) {
    const value = v128.load(basis + (<usize>j << 4)), at = <usize>j * 48;
    v128.store(gradients + at, f32x4.mul(value, red));
    storeHalves(gradients + at + 16, f32x4.mul(value, green));
    v128.store(gradients + at, f32x4.mul(value, blue), 32);
    const weight = multiplyAdd(red, v128.load(stage + at), multiplyAdd(green, v128.load(stage + at, 16), f32x4.mul(blue, v128.load(stage + at, 32))));
    v128.store(basis + (<usize>j << 4), weight);
  }
  storeRowsOf3(plan.colorsGradient + <usize>first * 12, v128.load(gradients), v128.load(gradients, 16), v128.load(gradients, 32));
  for (let column = 3 * n, end = plan.harmonicsWidth + 3; column < end; column++) v128.store(gradients + (<usize>column << 4), f32x4.splat(0));
  if (plan.harmonicsWidth > 0) storeRows(gradients + 48, plan.harmonicsWidth, plan.harmonicsGradient + (<usize>(first * plan.harmonicsWidth) << 2));
  positionGradient(plan.degree, view, basis);
}

/** Gradient by the direction (x, y, z) of the sum of weighted basis functions, then by the position: (I - d dᵀ) g / distance. */
function positionGradient(degree: i32, view: View, weights: usize): void {
  const x = view.x, y = view.y, z = view.z;
  let gx = f32x4.splat(0), gy = gx, gz = gx;
  if (degree > 0) {
    gx = scaled(-0.4886025119029199, v128.load(weights, 48));
    gy = scaled(-0.4886025119029199, v128.load(weights, 16));
    gz = scaled(0.4886025119029199, v128.load(weights, 32));
  }
  if (degree > 1) {
    const w4 = scaled(1.0925484305920792, v128.load(weights, 64)), w5 = scaled(-1.0925484305920792, v128.load(weights, 80));
    const w6 = scaled(0.6307831305050401, v128.load(weights, 96)), w7 = scaled(-1.0925484305920792, v128.load(weights, 112));
    const w8 = scaled(1.0925484305920792, v128.load(weights, 128));
    gx = multiplyAdd(w4, y, multiplyAdd(w7, z, multiplyAdd(f32x4.sub(w8, w6), x, gx)));
    gy = multiplyAdd(w4, x, f32x4.sub(multiplyAdd(w5, z, gy), f32x4.mul(f32x4.add(w8, w6), y)));
    gz = multiplyAdd(w5, y, multiplyAdd(w7, x, multiplyAdd(f32x4.add(w6, w6), z, gz)));
  }
  if (degree > 2) {
    const xx = f32x4.mul(x, x), yy = f32x4.mul(y, y), zz = f32x4.mul(z, z), xy = f32x4.mul(x, y), xz = f32x4.mul(x, z), yz = f32x4.mul(y, z);
    const w9 = scaled(-0.5900435899266435, v128.load(weights, 144)), w10 = scaled(2.890611442640554, v128.load(weights, 160));
    const w11 = scaled(-0.4570457994644658, v128.load(weights, 176)), w12 = scaled(0.3731763325901154, v128.load(weights, 192));
    const w13 = scaled(-0.4570457994644658, v128.load(weights, 208)), w14 = scaled(1.445305721320277, v128.load(weights, 224));
    const w15 = scaled(-0.5900435899266435, v128.load(weights, 240));
    const three = f32x4.splat(3), difference = f32x4.sub(xx, yy), zz4 = scaled(4, zz);
    const threeDifference = f32x4.mul(three, difference), minus2xy = scaled(-2, xy);
    gx = multiplyAdd(w9, scaled(6, xy), gx);
    gx = multiplyAdd(w10, yz, gx);
    gx = multiplyAdd(w11, minus2xy, gx);
    gx = multiplyAdd(w12, scaled(-6, xz), gx);
    gx = multiplyAdd(w13, f32x4.sub(zz4, f32x4.add(f32x4.mul(three, xx), yy)), gx);
    gx = multiplyAdd(w14, f32x4.add(xz, xz), gx);
    gx = multiplyAdd(w15, threeDifference, gx);
    gy = multiplyAdd(w9, threeDifference, gy);
    gy = multiplyAdd(w10, xz, gy);
    gy = multiplyAdd(w11, f32x4.sub(zz4, f32x4.add(xx, f32x4.mul(three, yy))), gy);
    gy = multiplyAdd(w12, scaled(-6, yz), gy);
    gy = multiplyAdd(w13, minus2xy, gy);
    gy = multiplyAdd(w14, scaled(-2, yz), gy);
    gy = multiplyAdd(w15, scaled(-6, xy), gy);
    gz = multiplyAdd(w10, xy, gz);
    gz = multiplyAdd(w11, scaled(8, yz), gz);
    gz = multiplyAdd(w12, f32x4.sub(scaled(6, zz), f32x4.mul(three, f32x4.add(xx, yy))), gz);
    gz = multiplyAdd(w13, scaled(8, xz), gz);
    gz = multiplyAdd(w14, difference, gz);
  }
  const along = multiplyAdd(gx, x, multiplyAdd(gy, y, f32x4.mul(gz, z)));
  view.red = f32x4.mul(f32x4.sub(gx, f32x4.mul(along, x)), view.inverseDistance);
  view.green = f32x4.mul(f32x4.sub(gy, f32x4.mul(along, y)), view.inverseDistance);
  view.blue = f32x4.mul(f32x4.sub(gz, f32x4.mul(along, z)), view.inverseDistance);
}
