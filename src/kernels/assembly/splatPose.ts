// What the loss says of where the camera stands and how it is turned: that it moves is that all splats move the other way, but for their colours when it turns.
import { multiplyAdd } from './simd';
import { SplatPlan } from './splatPlan';
import { Projection } from './splatProjection';

/** Sums over a chunk's splats, four side by side. One thread works on one chunk at a time, so that they may live in the instance. */
let pushX = f32x4.splat(0), pushY = f32x4.splat(0), pushZ = f32x4.splat(0);
let turnX = f32x4.splat(0), turnY = f32x4.splat(0), turnZ = f32x4.splat(0);

export function beginPose(): void {
  const zero = f32x4.splat(0);
  pushX = zero; pushY = zero; pushZ = zero; turnX = zero; turnY = zero; turnZ = zero;
}

/** Adds the centres of four splats. @param gx of their gradient what the projection says @param vx what the colours say, which go by the camera's place alone */
export function addCentres(plan: SplatPlan, p: Projection, seen: v128, gx: v128, gy: v128, gz: v128, vx: v128, vy: v128, vz: v128): void {
  pushX = f32x4.add(pushX, v128.and(f32x4.add(gx, vx), seen));
  pushY = f32x4.add(pushY, v128.and(f32x4.add(gy, vy), seen));
  pushZ = f32x4.add(pushZ, v128.and(f32x4.add(gz, vz), seen));
  const x = f32x4.sub(p.worldX, f32x4.splat(plan.positionX)), y = f32x4.sub(p.worldY, f32x4.splat(plan.positionY)), z = f32x4.sub(p.worldZ, f32x4.splat(plan.positionZ));
  // About the camera, a turned splat moves along turn x (its place).
  addTurn(seen, cross(y, gz, z, gy), cross(z, gx, x, gz), cross(x, gy, y, gx));
}

/** Adds the axes of four splats, which turn, too: the skew part of d Mᵀ. @param d00 gradient of the matrix M of their rotations */
export function addAxes(p: Projection, seen: v128, d00: v128, d01: v128, d02: v128, d10: v128, d11: v128, d12: v128, d20: v128, d21: v128, d22: v128): void {
  addTurn(
    seen,
    f32x4.add(cross(p.m10, d20, p.m20, d10), f32x4.add(cross(p.m11, d21, p.m21, d11), cross(p.m12, d22, p.m22, d12))),
    f32x4.add(cross(p.m20, d00, p.m00, d20), f32x4.add(cross(p.m21, d01, p.m01, d21), cross(p.m22, d02, p.m02, d22))),
    f32x4.add(cross(p.m00, d10, p.m10, d00), f32x4.add(cross(p.m01, d11, p.m11, d01), cross(p.m02, d12, p.m12, d02))),
  );
}

// @ts-ignore: decorator
@inline
function addTurn(seen: v128, x: v128, y: v128, z: v128): void {
  turnX = f32x4.add(turnX, v128.and(x, seen));
  turnY = f32x4.add(turnY, v128.and(y, seen));
  turnZ = f32x4.add(turnZ, v128.and(z, seen));
}

/** Writes the chunk's part of the gradient, [6] float32: by the camera's position, and by a small turn about the axes of the splats' coordinates. */
export function endPose(plan: SplatPlan, chunk: i32): void {
  const to = plan.poseGradients + <usize>chunk * 24;
  store<f32>(to, -total(pushX)); store<f32>(to, -total(pushY), 4); store<f32>(to, -total(pushZ), 8);
  store<f32>(to, -total(turnX), 12); store<f32>(to, -total(turnY), 16); store<f32>(to, -total(turnZ), 20);
}

// @ts-ignore: decorator
@inline
function cross(a: v128, b: v128, c: v128, d: v128): v128 {
  return multiplyAdd(a, b, f32x4.neg(f32x4.mul(c, d)));
}

// @ts-ignore: decorator
@inline
function total(x: v128): f32 {
  return f32x4.extract_lane(x, 0) + f32x4.extract_lane(x, 1) + (f32x4.extract_lane(x, 2) + f32x4.extract_lane(x, 3));
}
