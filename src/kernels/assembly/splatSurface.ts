// Surfaces of splats, for pictures of depths and normals: after splatProject they take the place of the colours in the records, and are blended as these.
import { multiplyAdd } from './simd';
import { View, viewOf } from './splatHarmonics';
import { CHUNK, SplatPlan, recordAt } from './splatPlan';
import { Projection, dot3, ownProjection, projectCentres, projectShapes } from './splatProjection';

/**
 * Unit = a chunk of splats. The distance of a splat from the camera is that of its centre and changes across its ellipse: the mean of the distance, given
 * the pixel, is distance + s (pixel - centre), s = Cov(distance, pixel) Cov(pixel)⁻¹, in the ray space of Zwicker et al. 2001. Red becomes its value at
 * the pixel (0, 0), green and blue its slopes.
 */
export function splatShowDistances(chunk: i32, address: usize): void {
  const plan = changetype<SplatPlan>(address), p = ownProjection(), view = viewOf(p);
  for (let block = chunk * CHUNK, end = min(plan.count, block + CHUNK); block < end; block += 4) {
    if (load<u32>(plan.flags + <usize>block) == 0) continue;
    projectCentres(plan, p, block);
    projectShapes(plan, p, block);
    const distance = lookAt(plan, p, view);
    // Row of T for the distance: its derivative by the position is the direction.
    const t0 = f32x4.mul(dot3(view.x, p.m00, view.y, p.m10, view.z, p.m20), p.scale0);
    const t1 = f32x4.mul(dot3(view.x, p.m01, view.y, p.m11, view.z, p.m21), p.scale1);
    const t2 = f32x4.mul(dot3(view.x, p.m02, view.y, p.m12, view.z, p.m22), p.scale2);
    const withX = dot3(t0, p.t00, t1, p.t01, t2, p.t02), withY = dot3(t0, p.t10, t1, p.t11, t2, p.t12);
    const slopeX = multiplyAdd(p.a, withX, f32x4.mul(p.b, withY)), slopeY = multiplyAdd(p.b, withX, f32x4.mul(p.c, withY));
    show(plan, block, view, f32x4.sub(distance, multiplyAdd(slopeX, p.x, f32x4.mul(slopeY, p.y))), slopeX, slopeY);
  }
}

/** Unit = a chunk of splats. Red, green, blue become x, y, z of the shortest axis, turned to the camera. */
export function splatShowNormals(chunk: i32, address: usize): void {
  const plan = changetype<SplatPlan>(address), p = ownProjection(), view = viewOf(p);
  for (let block = chunk * CHUNK, end = min(plan.count, block + CHUNK); block < end; block += 4) {
    if (load<u32>(plan.flags + <usize>block) == 0) continue;
    projectCentres(plan, p, block);
    projectShapes(plan, p, block);
    lookAt(plan, p, view);
    const second = f32x4.lt(p.scale1, p.scale0), third = f32x4.lt(p.scale2, f32x4.pmin(p.scale0, p.scale1));
    const x = v128.bitselect(p.m02, v128.bitselect(p.m01, p.m00, second), third);
    const y = v128.bitselect(p.m12, v128.bitselect(p.m11, p.m10, second), third);
    const z = v128.bitselect(p.m22, v128.bitselect(p.m21, p.m20, second), third);
    const away = f32x4.gt(dot3(x, view.x, y, view.y, z, view.z), f32x4.splat(0)), sign = v128.and(away, i32x4.splat(0x80000000));
    show(plan, block, view, v128.xor(x, sign), v128.xor(y, sign), v128.xor(z, sign));
  }
}

/** Directions from the camera to four splats. @returns their distances */
function lookAt(plan: SplatPlan, p: Projection, view: View): v128 {
  const x = f32x4.sub(p.worldX, f32x4.splat(plan.positionX)), y = f32x4.sub(p.worldY, f32x4.splat(plan.positionY)), z = f32x4.sub(p.worldZ, f32x4.splat(plan.positionZ));
  const distance = f32x4.sqrt(dot3(x, x, y, y, z, z)), inverse = f32x4.div(f32x4.splat(1), f32x4.pmax(distance, f32x4.splat(1e-12)));
  view.x = f32x4.mul(x, inverse); view.y = f32x4.mul(y, inverse); view.z = f32x4.mul(z, inverse);
  return distance;
}

function show(plan: SplatPlan, block: i32, view: View, red: v128, green: v128, blue: v128): void {
  view.red = red; view.green = green; view.blue = blue;
  for (let lane = 0; lane < 4; lane++) {
    const record = recordAt(plan, block + lane), at = changetype<usize>(view) + (<usize>lane << 2);
    record.red = load<f32>(at, offsetof<View>('red'));
    record.green = load<f32>(at, offsetof<View>('green'));
    record.blue = load<f32>(at, offsetof<View>('blue'));
  }
}
