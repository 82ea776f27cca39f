// From the gradient records of a splat's tiles to the gradients of its parameters: the projection, backward.
import { multiplyAdd } from './simd';
import { colorGradients, colorsAt, viewOf } from './splatHarmonics';
import { CHUNK, GRADIENT_BYTES, SplatPlan, chunkAt, recordAt } from './splatPlan';
import { addAxes, addCentres, beginPose, endPose } from './splatPose';
import { Projection, ownProjection, projectCentres, projectShapes } from './splatProjection';
import { storeRowsOf3 } from './splatRows';
import { storeTransposed } from './transpose';

/** Sums of the records of four splats: see splatTrain.ts. One thread works on one chunk at a time, so that they may live in the instance. */
let sum = f32x4.splat(0), sumX = f32x4.splat(0), sumY = f32x4.splat(0), sumXX = f32x4.splat(0), sumXY = f32x4.splat(0), sumYY = f32x4.splat(0);
let sumRed = f32x4.splat(0), sumGreen = f32x4.splat(0), sumBlue = f32x4.splat(0);

/** Unit = a chunk of splats. Those out of view get zeros. */
export function splatGradients(chunk: i32, address: usize): void {
  const plan = changetype<SplatPlan>(address), p = ownProjection();
  const first = chunk * CHUNK, end = min(plan.count, first + CHUNK), pairs = chunkAt(plan, chunk).firstPair;
  beginPose();
  for (let block = first; block < end; block += 4) {
    const flags = load<u32>(plan.flags + <usize>block);
    if (flags == 0) { clearGradients(plan, block); continue; }
    sumRecords(plan, block, flags, pairs);
    projectCentres(plan, p, block);
    projectShapes(plan, p, block);
    colorsAt(plan, p, block);
    const bits = i32x4.extend_low_i16x8_u(i16x8.extend_low_i8x16_u(i32x4.splat(flags)));
    const zero = i32x4.splat(0), seen = i32x4.ne(v128.and(bits, i32x4.splat(1)), zero);
    colorGradients(
      plan, p, block,
      v128.and(sumRed, i32x4.ne(v128.and(bits, i32x4.splat(2)), zero)),
      v128.and(sumGreen, i32x4.ne(v128.and(bits, i32x4.splat(4)), zero)),
      v128.and(sumBlue, i32x4.ne(v128.and(bits, i32x4.splat(8)), zero)),
    );
    shapeGradients(plan, p, block, seen);
  }
  if (plan.poseGradients != 0) endPose(plan, chunk);
}

function clearGradients(plan: SplatPlan, block: i32): void {
  const rows = <usize>block << 2;
  memory.fill(plan.meansGradient + 3 * rows, 0, 48);
  memory.fill(plan.scalesGradient + 3 * rows, 0, 48);
  memory.fill(plan.rotationsGradient + 4 * rows, 0, 64);
  memory.fill(plan.opacitiesGradient + rows, 0, 16);
  memory.fill(plan.colorsGradient + 3 * rows, 0, 48);
  memory.fill(plan.harmonicsGradient + <usize>plan.harmonicsWidth * rows, 0, <usize>plan.harmonicsWidth << 4);
}

/** Adds up the records of each of four splats, in the order of its tiles, and puts the sums side by side. */
function sumRecords(plan: SplatPlan, block: i32, flags: u32, firstPair: i32): void {
  // Three vectors of a splat: sum, x, y, xx; xy, yy, red, green; blue.
  let a0 = f32x4.splat(0), a1 = a0, a2 = a0, a3 = a0, b0 = a0, b1 = a0, b2 = a0, b3 = a0;
  let blue = a0;
  for (let lane = 0; lane < 4; lane++) {
    let a = f32x4.splat(0), b = a, c = a;
    if (flags >> (<u32>lane << 3) & 1) {
      const record = recordAt(plan, block + lane);
      const begin = plan.pairGradients + <usize>(firstPair + record.firstPair) * GRADIENT_BYTES;
      for (let at = begin, last = begin + <usize>record.tiles * GRADIENT_BYTES; at < last; at += GRADIENT_BYTES) {
        a = f32x4.add(a, v128.load(at));
        b = f32x4.add(b, v128.load(at, 16));
        c = f32x4.add(c, v128.load(at, 32));
      }
    }
    if (lane == 0) { a0 = a; b0 = b; blue = c; }
    else if (lane == 1) { a1 = a; b1 = b; blue = v128.shuffle<f32>(blue, c, 0, 4, 2, 3); }
    else if (lane == 2) { a2 = a; b2 = b; blue = v128.shuffle<f32>(blue, c, 0, 1, 4, 3); }
    else { a3 = a; b3 = b; blue = v128.shuffle<f32>(blue, c, 0, 1, 2, 4); }
  }
  let low = v128.shuffle<f32>(a0, a1, 0, 4, 1, 5), high = v128.shuffle<f32>(a2, a3, 0, 4, 1, 5);
  sum = v128.shuffle<i64>(low, high, 0, 2); sumX = v128.shuffle<i64>(low, high, 1, 3);
  low = v128.shuffle<f32>(a0, a1, 2, 6, 3, 7); high = v128.shuffle<f32>(a2, a3, 2, 6, 3, 7);
  sumY = v128.shuffle<i64>(low, high, 0, 2); sumXX = v128.shuffle<i64>(low, high, 1, 3);
  low = v128.shuffle<f32>(b0, b1, 0, 4, 1, 5); high = v128.shuffle<f32>(b2, b3, 0, 4, 1, 5);
  sumXY = v128.shuffle<i64>(low, high, 0, 2); sumYY = v128.shuffle<i64>(low, high, 1, 3);
  low = v128.shuffle<f32>(b0, b1, 2, 6, 3, 7); high = v128.shuffle<f32>(b2, b3, 2, 6, 3, 7);
  sumRed = v128.shuffle<i64>(low, high, 0, 2); sumGreen = v128.shuffle<i64>(low, high, 1, 3);
  sumBlue = blue;
}

// @ts-ignore: decorator
@inline
function dot3(a0: v128, b0: v128, a1: v128, b1: v128, a2: v128, b2: v128): v128 {
  return multiplyAdd(a2, b2, multiplyAdd(a1, b1, f32x4.mul(a0, b0)));
}

// @ts-ignore: decorator
@inline
function addTo(sums: usize, value: v128): void {
  v128.store(sums, f32x4.add(v128.load(sums), value));
}

/** Gradients of means, scales, rotations and opacities; the position's part of the colours lies in viewOf(p). */
function shapeGradients(plan: SplatPlan, p: Projection, block: i32, seen: v128): void {
  const half = f32x4.splat(-0.5), two = f32x4.splat(2), one = f32x4.splat(1), a = p.a, b = p.b, c = p.c;
  const gx = multiplyAdd(a, sumX, f32x4.mul(b, sumY)), gy = multiplyAdd(b, sumX, f32x4.mul(c, sumY));
  const length = f32x4.sqrt(multiplyAdd(gx, gx, f32x4.mul(gy, gy)));
  addTo(plan.screenGradients + (<usize>block << 2), v128.and(length, v128.and(seen, f32x4.lt(length, f32x4.splat(Infinity)))));
  addTo(plan.timesSeen + (<usize>block << 2), v128.and(one, seen));
  const remaining = f32x4.sub(one, p.opacity);
  const penalty = f32x4.mul(f32x4.splat(plan.opacityPenalty), f32x4.mul(p.opacity, remaining));
  v128.store(plan.opacitiesGradient + (<usize>block << 2), v128.and(multiplyAdd(sum, remaining, penalty), seen));
  // The inverse covariance K has the gradient -1/2 (sums of squares); the covariance -K that K.
  const kxx = f32x4.mul(half, sumXX), kxy = f32x4.mul(half, sumXY), kyy = f32x4.mul(half, sumYY);
  const s00 = multiplyAdd(kxx, a, f32x4.mul(kxy, b)), s01 = multiplyAdd(kxx, b, f32x4.mul(kxy, c));
  const s10 = multiplyAdd(kxy, a, f32x4.mul(kyy, b)), s11 = multiplyAdd(kxy, b, f32x4.mul(kyy, c));
  // Twice the covariance's gradient: T Tᵀ has T as its derivative on both sides.
  const minusTwo = f32x4.splat(-2);
  const h00 = f32x4.mul(minusTwo, multiplyAdd(a, s00, f32x4.mul(b, s10))), h01 = f32x4.mul(minusTwo, multiplyAdd(a, s01, f32x4.mul(b, s11)));
  const h11 = f32x4.mul(minusTwo, multiplyAdd(b, s01, f32x4.mul(c, s11)));
  const d00 = multiplyAdd(h00, p.t00, f32x4.mul(h01, p.t10)), d10 = multiplyAdd(h01, p.t00, f32x4.mul(h11, p.t10));
  const d01 = multiplyAdd(h00, p.t01, f32x4.mul(h01, p.t11)), d11 = multiplyAdd(h01, p.t01, f32x4.mul(h11, p.t11));
  const d02 = multiplyAdd(h00, p.t02, f32x4.mul(h01, p.t12)), d12 = multiplyAdd(h01, p.t02, f32x4.mul(h11, p.t12));
  const scalePenalty = f32x4.splat(plan.scalePenalty);
  storeRowsOf3(
    plan.scalesGradient + <usize>block * 12,
    v128.and(multiplyAdd(scalePenalty, p.scale0, multiplyAdd(d00, p.t00, f32x4.mul(d10, p.t10))), seen),
    v128.and(multiplyAdd(scalePenalty, p.scale1, multiplyAdd(d01, p.t01, f32x4.mul(d11, p.t11))), seen),
    v128.and(multiplyAdd(scalePenalty, p.scale2, multiplyAdd(d02, p.t02, f32x4.mul(d12, p.t12))), seen),
  );
  // T = P M diag(scale): with d scaled, dP = d Mᵀ and dM = Pᵀ d.
  const e00 = f32x4.mul(d00, p.scale0), e01 = f32x4.mul(d01, p.scale1), e02 = f32x4.mul(d02, p.scale2);
  const e10 = f32x4.mul(d10, p.scale0), e11 = f32x4.mul(d11, p.scale1), e12 = f32x4.mul(d12, p.scale2);
  rotationGradients(
    plan, p, block, seen,
    multiplyAdd(p.p00, e00, f32x4.mul(p.p10, e10)), multiplyAdd(p.p00, e01, f32x4.mul(p.p10, e11)), multiplyAdd(p.p00, e02, f32x4.mul(p.p10, e12)),
    multiplyAdd(p.p01, e00, f32x4.mul(p.p11, e10)), multiplyAdd(p.p01, e01, f32x4.mul(p.p11, e11)), multiplyAdd(p.p01, e02, f32x4.mul(p.p11, e12)),
    multiplyAdd(p.p02, e00, f32x4.mul(p.p12, e10)), multiplyAdd(p.p02, e01, f32x4.mul(p.p12, e11)), multiplyAdd(p.p02, e02, f32x4.mul(p.p12, e12)),
  );
  const dp00 = dot3(e00, p.m00, e01, p.m01, e02, p.m02), dp10 = dot3(e10, p.m00, e11, p.m01, e12, p.m02);
  const dp01 = dot3(e00, p.m10, e01, p.m11, e02, p.m12), dp11 = dot3(e10, p.m10, e11, p.m11, e12, p.m12);
  const dp02 = dot3(e00, p.m20, e01, p.m21, e02, p.m22), dp12 = dot3(e10, p.m20, e11, p.m21, e12, p.m22);
  // P = J G: the lens's Jacobian and the sheared rotation, which depends on u, v and the depth.
  const dg00 = multiplyAdd(p.j00, dp00, f32x4.mul(p.j10, dp10)), dg10 = multiplyAdd(p.j01, dp00, f32x4.mul(p.j11, dp10));
  const dg01 = multiplyAdd(p.j00, dp01, f32x4.mul(p.j10, dp11)), dg11 = multiplyAdd(p.j01, dp01, f32x4.mul(p.j11, dp11));
  const dg02 = multiplyAdd(p.j00, dp02, f32x4.mul(p.j10, dp12)), dg12 = multiplyAdd(p.j01, dp02, f32x4.mul(p.j11, dp12));
  const r20 = f32x4.splat(plan.r20), r21 = f32x4.splat(plan.r21), r22 = f32x4.splat(plan.r22), k = p.inverseDepth;
  let du = f32x4.neg(f32x4.mul(k, dot3(dg00, r20, dg01, r21, dg02, r22))), dv = f32x4.neg(f32x4.mul(k, dot3(dg10, r20, dg11, r21, dg12, r22)));
  if (plan.lens != 0) {
    const fx = f32x4.splat(plan.fx), fy = f32x4.splat(plan.fy), offU = f32x4.sub(p.u, p.atU), offV = f32x4.sub(p.v, p.atV);
    const dj00 = multiplyAdd(gx, offU, dot3(dp00, p.g00, dp01, p.g01, dp02, p.g02)), dj01 = multiplyAdd(gx, offV, dot3(dp00, p.g10, dp01, p.g11, dp02, p.g12));
    const dj10 = multiplyAdd(gy, offU, dot3(dp10, p.g00, dp11, p.g01, dp12, p.g02)), dj11 = multiplyAdd(gy, offV, dot3(dp10, p.g10, dp11, p.g11, dp12, p.g12));
    const da = f32x4.mul(fx, dj00), db = multiplyAdd(fx, dj01, f32x4.mul(fy, dj10)), dc = f32x4.mul(fy, dj11);
    du = f32x4.add(du, dot3(da, p.e0, db, p.e1, dc, p.e2));
    dv = f32x4.add(dv, dot3(da, p.e1, db, p.e2, dc, p.e3));
  }
  // Where the lens is continued by its tangent, it does not bend any more.
  du = v128.and(du, f32x4.eq(p.u, p.atU)); dv = v128.and(dv, f32x4.eq(p.v, p.atV));
  du = f32x4.add(du, multiplyAdd(p.j00, gx, f32x4.mul(p.j10, gy))); dv = f32x4.add(dv, multiplyAdd(p.j01, gx, f32x4.mul(p.j11, gy)));
  const stretch = f32x4.add(dot3(dg00, p.g00, dg01, p.g01, dg02, p.g02), dot3(dg10, p.g10, dg11, p.g11, dg12, p.g12));
  const dx = f32x4.mul(du, k), dy = f32x4.mul(dv, k), dz = f32x4.neg(f32x4.mul(k, multiplyAdd(du, p.u, multiplyAdd(dv, p.v, stretch))));
  const view = viewOf(p);
  const mx = dot3(f32x4.splat(plan.r00), dx, f32x4.splat(plan.r10), dy, r20, dz);
  const my = dot3(f32x4.splat(plan.r01), dx, f32x4.splat(plan.r11), dy, r21, dz);
  const mz = dot3(f32x4.splat(plan.r02), dx, f32x4.splat(plan.r12), dy, r22, dz);
  storeRowsOf3(
    plan.meansGradient + <usize>block * 12,
    v128.and(f32x4.add(view.red, mx), seen), v128.and(f32x4.add(view.green, my), seen), v128.and(f32x4.add(view.blue, mz), seen),
  );
  if (plan.poseGradients != 0)
    addCentres(plan, p, seen, mx, my, mz, view.red, view.green, view.blue);
}

/** From the rotation matrix's gradient to the quaternion's, which is not normalized: only the part across it counts. */
function rotationGradients(
  plan: SplatPlan, p: Projection, block: i32, seen: v128,
  d00: v128, d01: v128, d02: v128, d10: v128, d11: v128, d12: v128, d20: v128, d21: v128, d22: v128,
): void {
  const w = p.qw, x = p.qx, y = p.qy, z = p.qz, two = f32x4.splat(2), minusFour = f32x4.splat(-4);
  const skewX = f32x4.sub(d21, d12), skewY = f32x4.sub(d02, d20), skewZ = f32x4.sub(d10, d01);
  const bothXY = f32x4.add(d01, d10), bothXZ = f32x4.add(d02, d20), bothYZ = f32x4.add(d12, d21);
  const gw = f32x4.mul(two, dot3(x, skewX, y, skewY, z, skewZ));
  const gx = multiplyAdd(f32x4.mul(minusFour, x), f32x4.add(d11, d22), f32x4.mul(two, dot3(y, bothXY, z, bothXZ, w, skewX)));
  const gy = multiplyAdd(f32x4.mul(minusFour, y), f32x4.add(d00, d22), f32x4.mul(two, dot3(x, bothXY, z, bothYZ, w, skewY)));
  const gz = multiplyAdd(f32x4.mul(minusFour, z), f32x4.add(d00, d11), f32x4.mul(two, dot3(x, bothXZ, y, bothYZ, w, skewZ)));
  const along = multiplyAdd(gw, w, dot3(gx, x, gy, y, gz, z)), norm = v128.and(p.inverseNorm, seen);
  if (plan.poseGradients != 0) addAxes(p, seen, d00, d01, d02, d10, d11, d12, d20, d21, d22);
  storeTransposed(
    plan.rotationsGradient + (<usize>block << 4), 16,
    f32x4.mul(f32x4.sub(gw, f32x4.mul(w, along)), norm), f32x4.mul(f32x4.sub(gx, f32x4.mul(x, along)), norm),
    f32x4.mul(f32x4.sub(gy, f32x4.mul(y, along)), norm), f32x4.mul(f32x4.sub(gz, f32x4.mul(z, along)), norm),
  );
}
