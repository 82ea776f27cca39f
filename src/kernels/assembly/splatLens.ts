// Lenses: what becomes of the point (u, v) on the plane z = 1. Radial functions of OpenCV's two models, with derivatives.
import { multiplyAdd } from './simd';
import { SplatPlan } from './splatPlan';
import { storeHalves } from './splatRows';

/** The factor d of the radial part (u d, v d), and its first two derivatives by u² + v². */
@unmanaged
export class Radial {
  factor: v128;
  slope: v128;
  curvature: v128;
}

/** Squares below this are treated by series: the fisheye's formula divides by them. */
const SMALL_SQUARE: f32 = 1e-2;

/** 1 + k1 r + k2 r² + k3 r³ + k4 r⁴ for OpenCV's distortion; for its fisheye the distorted angle over the distance from the axis. */
export function radialAt(plan: SplatPlan, r: v128, out: Radial): void {
  if (plan.lens == 2) { fisheyeAt(plan, r, out); return; }
  polynomialAt(plan, r, out);
}

/** The polynomial and its first two derivatives by r. */
function polynomialAt(plan: SplatPlan, r: v128, out: Radial): void {
  const k1 = f32x4.splat(plan.k1), k2 = f32x4.splat(plan.k2), k3 = f32x4.splat(plan.k3), k4 = f32x4.splat(plan.k4);
  out.factor = multiplyAdd(multiplyAdd(multiplyAdd(multiplyAdd(k4, r, k3), r, k2), r, k1), r, f32x4.splat(1));
  out.slope = multiplyAdd(multiplyAdd(multiplyAdd(f32x4.splat(4 * plan.k4), r, f32x4.splat(3 * plan.k3)), r, f32x4.splat(2 * plan.k2)), r, k1);
  out.curvature = multiplyAdd(multiplyAdd(f32x4.splat(12 * plan.k4), r, f32x4.splat(6 * plan.k3)), r, f32x4.splat(2 * plan.k2));
}

/** h(r) = theta p(theta²) / sqrt r with theta = atan(sqrt r) and the polynomial p; derivatives by the chain rule, by series near the axis. */
function fisheyeAt(plan: SplatPlan, r: v128, out: Radial): void {
  const one = f32x4.splat(1);
  const square = f32x4.pmax(r, f32x4.splat(SMALL_SQUARE));
  const distance = f32x4.sqrt(square), angle = arcTangent(distance);
  const s = f32x4.mul(angle, angle);
  polynomialAt(plan, s, out);
  const p = out.factor, p1 = out.slope, p2 = out.curvature;
  // The distorted angle t(theta), and its derivatives by theta.
  const t = f32x4.mul(angle, p);
  const t1 = multiplyAdd(f32x4.mul(f32x4.splat(2), s), p1, p);
  const t2 = f32x4.mul(angle, multiplyAdd(f32x4.mul(f32x4.splat(4), s), p2, f32x4.mul(f32x4.splat(6), p1)));
  // d theta / d distance = c, d c / d distance = -2 distance c².
  const c = f32x4.div(one, f32x4.add(one, square)), inverse = f32x4.div(one, distance), inverseSquare = f32x4.mul(inverse, inverse);
  const q1 = f32x4.mul(t1, c);
  const q2 = f32x4.sub(f32x4.mul(t2, f32x4.mul(c, c)), f32x4.mul(f32x4.mul(f32x4.splat(2), distance), f32x4.mul(t1, f32x4.mul(c, c))));
  const h = f32x4.mul(t, inverse);
  // By the distance: h' = (q1 - h) / distance, h'' = (q2 - 2 h') / distance; by its square: h' / (2 distance), (h'' - h' / distance) / (4 square).
  const h1 = f32x4.mul(f32x4.sub(q1, h), inverse);
  const h2 = f32x4.mul(f32x4.sub(q2, f32x4.add(h1, h1)), inverse);
  const slope = f32x4.mul(f32x4.splat(0.5), f32x4.mul(h1, inverse));
  const curvature = f32x4.mul(f32x4.mul(f32x4.splat(0.25), inverseSquare), f32x4.sub(h2, f32x4.mul(h1, inverse)));
  // atan(x) / x = 1 - r/3 + r²/5 - ..., times p: h = 1 + (k1 - 1/3) r + (k2 - k1 + 1/5) r² + (...) r³ + ...
  const first = f32x4.splat(plan.k1 - <f32>(1.0 / 3.0)), second = f32x4.splat(plan.k2 - plan.k1 + <f32>0.2);
  const third = f32x4.splat(plan.k3 - <f32>(5.0 / 3.0) * plan.k2 + <f32>(14.0 / 15.0) * plan.k1 - <f32>(1.0 / 7.0));
  const near = f32x4.lt(r, f32x4.splat(SMALL_SQUARE));
  out.factor = v128.bitselect(multiplyAdd(multiplyAdd(multiplyAdd(third, r, second), r, first), r, one), h, near);
  storeHalves(changetype<usize>(out) + offsetof<Radial>('slope'), v128.bitselect(multiplyAdd(multiplyAdd(f32x4.mul(f32x4.splat(3), third), r, f32x4.add(second, second)), r, first), slope, near));
  out.curvature = v128.bitselect(multiplyAdd(f32x4.mul(f32x4.splat(6), third), r, f32x4.add(second, second)), curvature, near);
}

/** atan of x >= 0, relative error < 3e-7 (Cephes atanf: ranges divided at tan(pi/8) and tan(3 pi/8), polynomial of degree 9). */
function arcTangent(x: v128): v128 {
  const one = f32x4.splat(1);
  const far = f32x4.gt(x, f32x4.splat(2.414213562373095)), middle = f32x4.gt(x, f32x4.splat(0.4142135623730950));
  const numerator = v128.bitselect(f32x4.splat(-1), v128.bitselect(f32x4.sub(x, one), x, middle), far);
  const denominator = v128.bitselect(x, v128.bitselect(f32x4.add(x, one), one, middle), far);
  const start = v128.bitselect(f32x4.splat(1.5707963267948966), v128.and(f32x4.splat(0.7853981633974483), middle), far);
  const y = f32x4.div(numerator, denominator), z = f32x4.mul(y, y);
  let p = multiplyAdd(f32x4.splat(8.05374449538e-2), z, f32x4.splat(-1.38776856032e-1));
  p = multiplyAdd(p, z, f32x4.splat(1.99777106478e-1));
  p = multiplyAdd(p, z, f32x4.splat(-3.33329491539e-1));
  return f32x4.add(start, multiplyAdd(f32x4.mul(p, z), y, y));
}
