// What the projection of four splats yields and its gradient starts from: centres through the lens, covariances by its Jacobian
// (elliptical weighted averages: Zwicker et al. 2001, Kerbl et al. 2023).
import { multiplyAdd, exp4, sigmoid4 } from './simd';
import { Radial, radialAt } from './splatLens';
import { SplatPlan } from './splatPlan';
import { loadRowsOf3 } from './splatRows';
import { transposeBlock } from './transpose';
import { threadMemory } from './thread';

/** Four splats, a lane each. Matrices are row-major. */
@unmanaged
export class Projection {
  // Position in the world and relative to the camera (OpenCV's axes).
  worldX: v128; worldY: v128; worldZ: v128;
  depth: v128;
  inverseDepth: v128;
  /** On the plane z = 1; the same, where the lens is linearized. */
  u: v128; v: v128;
  atU: v128; atV: v128;
  // Lens at (atU, atV): d (pixels) / d (u, v), and its derivatives without the focal lengths: see lensAt.
  j00: v128; j01: v128; j10: v128; j11: v128;
  e0: v128; e1: v128; e2: v128; e3: v128;
  // In pixels.
  x: v128; y: v128;
  // Logarithms of the standard deviations, then they themselves.
  logScale0: v128; logScale1: v128; logScale2: v128;
  scale0: v128; scale1: v128; scale2: v128;
  // Unit quaternion w, x, y, z, the factor that made it one, and its rotation matrix.
  qw: v128; qx: v128; qy: v128; qz: v128;
  inverseNorm: v128;
  m00: v128; m01: v128; m02: v128; m10: v128; m11: v128; m12: v128; m20: v128; m21: v128; m22: v128;
  /** d (u, v) / d world, times the depth: rows of the camera's rotation, sheared. */
  g00: v128; g01: v128; g02: v128; g10: v128; g11: v128; g12: v128;
  /** d (pixels) / d world. */
  p00: v128; p01: v128; p02: v128; p10: v128; p11: v128; p12: v128;
  /** Square root of the covariance in the picture: T Tᵀ. */
  t00: v128; t01: v128; t02: v128; t10: v128; t11: v128; t12: v128;
  /** Covariance with the pixel's blur, and its inverse. */
  xx: v128; xy: v128; yy: v128;
  determinant: v128;
  a: v128; b: v128; c: v128;
  opacity: v128;
  /** All ones for those in front of the camera. */
  valid: v128;
}

/** The calling thread's; behind it there is room for harmonics (splatHarmonics.ts). */
// @ts-ignore: decorator
@inline
export function ownProjection(): Projection {
  return changetype<Projection>(threadMemory());
}

// @ts-ignore: decorator
@inline
export function dot3(a0: v128, b0: v128, a1: v128, b1: v128, a2: v128, b2: v128): v128 {
  return multiplyAdd(a2, b2, multiplyAdd(a1, b1, f32x4.mul(a0, b0)));
}

/** a x + b y + c z + d */
// @ts-ignore: decorator
@inline
function affine(a: f32, x: v128, b: f32, y: v128, c: f32, z: v128, d: f32): v128 {
  return multiplyAdd(f32x4.splat(a), x, multiplyAdd(f32x4.splat(b), y, multiplyAdd(f32x4.splat(c), z, f32x4.splat(d))));
}

// @ts-ignore: decorator
@inline
function clamp4(x: v128, low: f32, high: f32): v128 {
  return f32x4.pmin(f32x4.pmax(x, f32x4.splat(low)), f32x4.splat(high));
}

/** Positions of splats `first` to `first + 3` relative to the camera. @returns whether any of them is in front of it, and not surely out of view */
export function projectCentres(plan: SplatPlan, p: Projection, first: i32): bool {
  const at = <usize>first * 12;
  loadRowsOf3(plan.means + at, changetype<usize>(p) + offsetof<Projection>('worldX'));
  const x = p.worldX, y = p.worldY, z = p.worldZ;
  const depth = affine(plan.r20, x, plan.r21, y, plan.r22, z, plan.t2);
  const valid = f32x4.gt(depth, f32x4.splat(plan.near));
  if (!v128.any_true(valid)) return false;
  const inverse = f32x4.div(f32x4.splat(1), f32x4.pmax(depth, f32x4.splat(plan.near)));
  const u = f32x4.mul(affine(plan.r00, x, plan.r01, y, plan.r02, z, plan.t0), inverse);
  const v = f32x4.mul(affine(plan.r10, x, plan.r11, y, plan.r12, z, plan.t1), inverse);
  const atU = clamp4(u, plan.leastU, plan.mostU), atV = clamp4(v, plan.leastV, plan.mostV);
  loadRowsOf3(plan.scales + at, changetype<usize>(p) + offsetof<Projection>('logScale0'));
  const largest = exp4(f32x4.pmax(f32x4.pmax(p.logScale0, p.logScale1), p.logScale2));
  const oblique = f32x4.sqrt(multiplyAdd(atU, atU, multiplyAdd(atV, atV, f32x4.splat(1))));
  const radius = multiplyAdd(f32x4.mul(f32x4.splat(plan.reach), largest), f32x4.mul(inverse, oblique), f32x4.splat(plan.blurReach));
  const inside = v128.and(
    v128.and(f32x4.gt(f32x4.add(u, radius), f32x4.splat(plan.leftU)), f32x4.lt(f32x4.sub(u, radius), f32x4.splat(plan.rightU))),
    v128.and(f32x4.gt(f32x4.add(v, radius), f32x4.splat(plan.topV)), f32x4.lt(f32x4.sub(v, radius), f32x4.splat(plan.bottomV))),
  );
  p.valid = v128.and(valid, inside);
  p.depth = depth; p.inverseDepth = inverse;
  p.u = u; p.v = v; p.atU = atU; p.atV = atV;
  return v128.any_true(p.valid);
}

/** The rest, for splats whose centres are projected. */
export function projectShapes(plan: SplatPlan, p: Projection, first: i32): void {
  lensAt(plan, p);
  rotationsAt(plan, p, first);
  p.scale0 = exp4(p.logScale0); p.scale1 = exp4(p.logScale1); p.scale2 = exp4(p.logScale2);
  p.opacity = sigmoid4(v128.load(plan.opacities + (<usize>first << 2)));
  // u = x / z, so that du/dworld = (row 0 of the camera's rotation - u row 2) / z.
  const k = p.inverseDepth, nu = f32x4.neg(p.atU), nv = f32x4.neg(p.atV);
  const c0 = f32x4.splat(plan.r20), c1 = f32x4.splat(plan.r21), c2 = f32x4.splat(plan.r22);
  const g00 = f32x4.mul(k, multiplyAdd(nu, c0, f32x4.splat(plan.r00)));
  const g01 = f32x4.mul(k, multiplyAdd(nu, c1, f32x4.splat(plan.r01)));
  const g02 = f32x4.mul(k, multiplyAdd(nu, c2, f32x4.splat(plan.r02)));
  const g10 = f32x4.mul(k, multiplyAdd(nv, c0, f32x4.splat(plan.r10)));
  const g11 = f32x4.mul(k, multiplyAdd(nv, c1, f32x4.splat(plan.r11)));
  const g12 = f32x4.mul(k, multiplyAdd(nv, c2, f32x4.splat(plan.r12)));
  p.g00 = g00; p.g01 = g01; p.g02 = g02; p.g10 = g10; p.g11 = g11; p.g12 = g12;
  const p00 = multiplyAdd(p.j00, g00, f32x4.mul(p.j01, g10)), p10 = multiplyAdd(p.j10, g00, f32x4.mul(p.j11, g10));
  const p01 = multiplyAdd(p.j00, g01, f32x4.mul(p.j01, g11)), p11 = multiplyAdd(p.j10, g01, f32x4.mul(p.j11, g11));
  const p02 = multiplyAdd(p.j00, g02, f32x4.mul(p.j01, g12)), p12 = multiplyAdd(p.j10, g02, f32x4.mul(p.j11, g12));
  p.p00 = p00; p.p01 = p01; p.p02 = p02; p.p10 = p10; p.p11 = p11; p.p12 = p12;
  const t00 = f32x4.mul(dot3(p00, p.m00, p01, p.m10, p02, p.m20), p.scale0), t10 = f32x4.mul(dot3(p10, p.m00, p11, p.m10, p12, p.m20), p.scale0);
  const t01 = f32x4.mul(dot3(p00, p.m01, p01, p.m11, p02, p.m21), p.scale1), t11 = f32x4.mul(dot3(p10, p.m01, p11, p.m11, p12, p.m21), p.scale1);
  const t02 = f32x4.mul(dot3(p00, p.m02, p01, p.m12, p02, p.m22), p.scale2), t12 = f32x4.mul(dot3(p10, p.m02, p11, p.m12, p12, p.m22), p.scale2);
  p.t00 = t00; p.t01 = t01; p.t02 = t02; p.t10 = t10; p.t11 = t11; p.t12 = t12;
  const blur = f32x4.splat(plan.blur);
  const xx = f32x4.add(dot3(t00, t00, t01, t01, t02, t02), blur), yy = f32x4.add(dot3(t10, t10, t11, t11, t12, t12), blur);
  const xy = dot3(t00, t10, t01, t11, t02, t12);
  p.xx = xx; p.xy = xy; p.yy = yy;
  // xx yy - xy² without cancellation, by Lagrange's identity: the squared cross product of T's rows, and what the blur adds.
  const n0 = f32x4.sub(f32x4.mul(t01, t12), f32x4.mul(t02, t11)), n1 = f32x4.sub(f32x4.mul(t02, t10), f32x4.mul(t00, t12));
  const n2 = f32x4.sub(f32x4.mul(t00, t11), f32x4.mul(t01, t10));
  const determinant = multiplyAdd(blur, f32x4.sub(f32x4.add(xx, yy), blur), dot3(n0, n0, n1, n1, n2, n2));
  const inverse = f32x4.div(f32x4.splat(1), determinant);
  p.determinant = determinant;
  p.a = f32x4.mul(yy, inverse); p.b = f32x4.neg(f32x4.mul(xy, inverse)); p.c = f32x4.mul(xx, inverse);
}

/**
 * Centres in pixels, and the lens's Jacobian. The distorted point is (u d + 2 p1 u v + p2 (r + 2 u²), v d + 2 p2 u v + p1 (r + 2 v²)) with
 * r = u² + v². It is a gradient field, so its Jacobian is symmetric, [[A, B], [B, C]], and e0..e3 are all of its derivatives:
 * dA/du, dA/dv = dB/du, dB/dv = dC/du, dC/dv. Beyond the picture's margin the lens is continued by its tangent: polynomials fold back there.
 */
function lensAt(plan: SplatPlan, p: Projection): void {
  const fx = f32x4.splat(plan.fx), fy = f32x4.splat(plan.fy), zero = f32x4.splat(0);
  if (plan.lens == 0) {
    p.j00 = fx; p.j01 = zero; p.j10 = zero; p.j11 = fy;
    p.x = multiplyAdd(fx, p.u, f32x4.splat(plan.cx)); p.y = multiplyAdd(fy, p.v, f32x4.splat(plan.cy));
    return;
  }
  const radial = changetype<Radial>(changetype<usize>(p) + offsetof<Projection>('e0'));
  const u = p.atU, v = p.atV, uu = f32x4.mul(u, u), vv = f32x4.mul(v, v), uv = f32x4.mul(u, v), r = f32x4.add(uu, vv);
  radialAt(plan, r, radial);
  const d = radial.factor, d1 = radial.slope, d2 = radial.curvature;
  const p1 = f32x4.splat(plan.p1), p2 = f32x4.splat(plan.p2), two = f32x4.splat(2), four = f32x4.splat(4), six = f32x4.splat(6);
  const a = f32x4.add(multiplyAdd(f32x4.mul(two, uu), d1, d), f32x4.add(f32x4.mul(f32x4.mul(two, p1), v), f32x4.mul(f32x4.mul(six, p2), u)));
  const c = f32x4.add(multiplyAdd(f32x4.mul(two, vv), d1, d), f32x4.add(f32x4.mul(f32x4.mul(two, p2), u), f32x4.mul(f32x4.mul(six, p1), v)));
  const b = f32x4.mul(two, multiplyAdd(uv, d1, multiplyAdd(p1, u, f32x4.mul(p2, v))));
  const du = f32x4.sub(p.u, u), dv = f32x4.sub(p.v, v);
  const distortedU = multiplyAdd(u, d, multiplyAdd(f32x4.mul(two, p1), uv, f32x4.mul(p2, multiplyAdd(two, uu, r))));
  const distortedV = multiplyAdd(v, d, multiplyAdd(f32x4.mul(two, p2), uv, f32x4.mul(p1, multiplyAdd(two, vv, r))));
  p.x = multiplyAdd(fx, f32x4.add(distortedU, multiplyAdd(a, du, f32x4.mul(b, dv))), f32x4.splat(plan.cx));
  p.y = multiplyAdd(fy, f32x4.add(distortedV, multiplyAdd(b, du, f32x4.mul(c, dv))), f32x4.splat(plan.cy));
  p.j00 = f32x4.mul(fx, a); p.j01 = f32x4.mul(fx, b); p.j10 = f32x4.mul(fy, b); p.j11 = f32x4.mul(fy, c);
  p.e0 = multiplyAdd(u, multiplyAdd(f32x4.mul(four, uu), d2, f32x4.mul(six, d1)), f32x4.mul(six, p2));
  p.e1 = f32x4.mul(two, multiplyAdd(v, multiplyAdd(f32x4.mul(two, uu), d2, d1), p1));
  p.e2 = f32x4.mul(two, multiplyAdd(u, multiplyAdd(f32x4.mul(two, vv), d2, d1), p2));
  p.e3 = multiplyAdd(v, multiplyAdd(f32x4.mul(four, vv), d2, f32x4.mul(six, d1)), f32x4.mul(six, p1));
}

function rotationsAt(plan: SplatPlan, p: Projection, first: i32): void {
  const at = plan.rotations + (<usize>first << 4), one = f32x4.splat(1), two = f32x4.splat(2);
  transposeBlock(at, 16, changetype<usize>(p) + offsetof<Projection>('qw'), 16);
  let w = p.qw, x = p.qx, y = p.qy, z = p.qz;
  const square = multiplyAdd(w, w, multiplyAdd(x, x, multiplyAdd(y, y, multiplyAdd(z, z, f32x4.splat(1e-12)))));
  const inverse = f32x4.div(one, f32x4.sqrt(square));
  w = f32x4.mul(w, inverse); x = f32x4.mul(x, inverse); y = f32x4.mul(y, inverse); z = f32x4.mul(z, inverse);
  p.inverseNorm = inverse; p.qw = w; p.qx = x; p.qy = y; p.qz = z;
  const xx = f32x4.mul(x, x), yy = f32x4.mul(y, y), zz = f32x4.mul(z, z);
  const wx = f32x4.mul(w, x), wy = f32x4.mul(w, y), wz = f32x4.mul(w, z), xy = f32x4.mul(x, y), xz = f32x4.mul(x, z), yz = f32x4.mul(y, z);
  p.m00 = f32x4.sub(one, f32x4.mul(two, f32x4.add(yy, zz))); p.m01 = f32x4.mul(two, f32x4.sub(xy, wz)); p.m02 = f32x4.mul(two, f32x4.add(xz, wy));
  p.m10 = f32x4.mul(two, f32x4.add(xy, wz)); p.m11 = f32x4.sub(one, f32x4.mul(two, f32x4.add(xx, zz))); p.m12 = f32x4.mul(two, f32x4.sub(yz, wx));
  p.m20 = f32x4.mul(two, f32x4.sub(xz, wy)); p.m21 = f32x4.mul(two, f32x4.add(yz, wx)); p.m22 = f32x4.sub(one, f32x4.mul(two, f32x4.add(xx, yy)));
}
