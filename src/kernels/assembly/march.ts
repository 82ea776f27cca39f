// Marching a ray through the occupancy grid (Müller et al. 2022, appendix E.1): cone-angle steps, empty cells are skipped.
import { lengthAt, shrinkAt } from './contraction';
import { Ladder, rungFrom } from './ladder';
import { Plan } from './plan';
import { uniformAt } from './rng';
import { stepAt } from './stepAt';
import { threadIndex } from './thread';

/** A ray on its way. Positions are unit coordinates: the first level's cube is [0, 1]^3. */
@unmanaged
export class Walker {
  originX: f32;
  originY: f32;
  originZ: f32;
  directionX: f32;
  directionY: f32;
  directionZ: f32;
  /** Where the next sample would be, and where the ray leaves the grid. */
  t: f32;
  end: f32;
  transmittance: f32;
  /** Whether its places are those of the plan's ladder. */
  climbs: i32;
  /** Samples of this round: first and number. */
  first: i32;
  count: i32;
}

// @ts-ignore: decorator
@inline
function bitAt(bits: usize, index: i32): bool {
  return ((load<u8>(bits + (<usize>index >> 3)) >> <u8>(index & 7)) & 1) != 0;
}

/** Puts the walker at the ray's entry into the grid; `offset` in [0, 1) steps further. */
export function beginWalk(plan: Plan, walker: Walker, ray: i32, offset: f32): void {
  const at = <usize>ray * 12;
  const o = plan.origins + at, d = plan.directions + at;
  const ox = (load<f32>(o) - plan.boxMinX) * plan.boxScale;
  const oy = (load<f32>(o, 4) - plan.boxMinY) * plan.boxScale;
  const oz = (load<f32>(o, 8) - plan.boxMinZ) * plan.boxScale;
  const dx = load<f32>(d), dy = load<f32>(d, 4), dz = load<f32>(d, 8);
  const half: f32 = <f32>(1 << (plan.levels - 1)) * <f32>0.5;
  const low: f32 = <f32>0.5 - half, high: f32 = <f32>0.5 + half;
  const ix: f32 = <f32>1 / dx, iy: f32 = <f32>1 / dy, iz: f32 = <f32>1 / dz;
  const ax = (low - ox) * ix, bx = (high - ox) * ix;
  const ay = (low - oy) * iy, by = (high - oy) * iy;
  const az = (low - oz) * iz, bz = (high - oz) * iz;
  // NaN (a direction component of 0 on a face) must not win: comparisons, not min/max.
  let enter: f32 = plan.near, leave: f32 = f32.MAX_VALUE;
  let a = min(ax, bx), b = max(ax, bx);
  if (a > enter) enter = a;
  if (b < leave) leave = b;
  a = min(ay, by); b = max(ay, by);
  if (a > enter) enter = a;
  if (b < leave) leave = b;
  a = min(az, bz); b = max(az, bz);
  if (a > enter) enter = a;
  if (b < leave) leave = b;
  if (dx == 0 && (ox < low || ox > high)) leave = -1;
  if (dy == 0 && (oy < low || oy > high)) leave = -1;
  if (dz == 0 && (oz < low || oz > high)) leave = -1;
  // A ray that goes nowhere would never arrive.
  if (dx == 0 && dy == 0 && dz == 0) leave = -1;
  for (let k: usize = 0; plan.crop && k < 48; k += 16) {
    const row = plan.crop + k, r = load<f32>(row), s = load<f32>(row, 4), u = load<f32>(row, 8);
    const origin = r * load<f32>(o) + s * load<f32>(o, 4) + u * load<f32>(o, 8) + load<f32>(row, 12), slope = (r * dx + s * dy + u * dz) / plan.boxScale;
    if (slope == 0) { if (abs<f32>(origin) > 1) leave = -1; continue; }
    a = (-1 - origin) / slope; b = (1 - origin) / slope;
    if (min(a, b) > enter) enter = min(a, b);
    if (max(a, b) < leave) leave = max(a, b);
  }
  walker.originX = ox; walker.originY = oy; walker.originZ = oz;
  walker.directionX = dx; walker.directionY = dy; walker.directionZ = dz;
  walker.t = enter + offset * stepAt(plan, enter);
  walker.end = leave - <f32>1e-4;
  walker.transmittance = 1;
  walker.climbs = plan.ladder != 0 && !plan.jitter && enter == plan.near && changetype<Ladder>(plan.ladder).rungs > 0 ? 1 : 0;
  walker.count = 0;
}

/**
 * Takes up to `limit` samples in occupied cells.
 * @param positions [][4] float32: position in the encoding's cube [0, 1]^3 (contraction.ts); w is the sample's distance t
 * @param steps [] float32: its length, unit coordinates, beyond the first cube contracted ones
 * @returns how many; fewer than `limit` means the ray has left the grid (t >= end)
 */
export function walk(plan: Plan, walker: Walker, limit: i32, positions: usize, steps: usize): i32 {
  const ox = walker.originX, oy = walker.originY, oz = walker.originZ;
  const dx = walker.directionX, dy = walker.directionY, dz = walker.directionZ;
  const ix: f32 = <f32>1 / dx, iy: f32 = <f32>1 / dy, iz: f32 = <f32>1 / dz;
  const end = walker.end, cone = plan.coneAngle;
  const levels = plan.levels, resolution = plan.resolution;
  const size = <f32>resolution, last: f32 = size - <f32>0.001;
  const half: f32 = 0.5;
  const coarse = resolution >> 2;
  let t = walker.t;
  let n = 0;
  while (t < end) {
    if (n == limit) break;
    const x = ox + dx * t, y = oy + dy * t, z = oz + dz * t;
    const dt = stepAt(plan, t);
    const reach = max(max(abs<f32>(x - half), abs<f32>(y - half)), abs<f32>(z - half));
    let level = 0;
    let scale: f32 = 1;
    while (level < levels - 1 && (reach >= half * scale || dt * size > scale)) { level++; scale *= 2; }
    const inverse: f32 = <f32>1 / scale;
    const ux = min(max(((x - half) * inverse + half) * size, 0), last);
    const uy = min(max(((y - half) * inverse + half) * size, 0), last);
    const uz = min(max(((z - half) * inverse + half) * size, 0), last);
    const cx = <i32>ux, cy = <i32>uy, cz = <i32>uz;
    let skip: f32;
    const block = ((level * coarse + (cz >> 2)) * coarse + (cy >> 2)) * coarse + (cx >> 2);
    const distance = plan.distances ? <i32>load<u8>(plan.distances + <usize>block) : bitAt(plan.coarseBits, block) ? 0 : 1;
    if (distance > 0) {
      // Leaves the cube of empty blocks around this one.
      const bx = <f32>(cx & ~3), by = <f32>(cy & ~3), bz = <f32>(cz & ~3), after = <f32>(distance << 2), before = after - 4;
      const wx = (dx > 0 ? bx + after - ux : bx - before - ux) * ix;
      const wy = (dy > 0 ? by + after - uy : by - before - uy) * iy;
      const wz = (dz > 0 ? bz + after - uz : bz - before - uz) * iz;
      skip = min(min(wx, wy), wz);
    } else if (!bitAt(plan.bits, ((level * resolution + cz) * resolution + cy) * resolution + cx)) {
      const bx = <f32>cx, by = <f32>cy, bz = <f32>cz;
      const wx = (dx > 0 ? bx + 1 - ux : bx - ux) * ix, wy = (dy > 0 ? by + 1 - uy : by - uy) * iy, wz = (dz > 0 ? bz + 1 - uz : bz - uz) * iz;
      skip = min(min(wx, wy), wz);
    } else {
      const at = positions + (<usize>n << 4), shrink = shrinkAt(plan, reach);
      store<f32>(at, (x - half) * shrink + half);
      store<f32>(at, (y - half) * shrink + half, 4);
      store<f32>(at, (z - half) * shrink + half, 8);
      store<f32>(at, t, 12);
      store<f32>(steps + (<usize>n << 2), dt * lengthAt(plan, reach));
      n++;
      t += dt;
      continue;
    }
    // Whole steps only: where samples lie does not depend on which cells are empty.
    const target = t + max(skip * scale / size, 0);
    if (cone == 0) t += max(ceil<f32>((target - t) / dt), 1) * dt;
    else if (walker.climbs && target > t + dt) t = rungFrom(plan.ladder, target);
    else do { t += stepAt(plan, t); } while (t < target);
  }
  walker.t = t;
  return n;
}

/**
 * Unit = 64 rays: all samples of each ray, for models that are composed of separate operations.
 * @param counts [rays] int32, positions [rays][capacity][4] and steps [rays][capacity] float32; out
 */
export function marchRays(unit: i32, address: usize, capacity: i32, counts: usize, positions: usize, steps: usize): void {
  const plan = changetype<Plan>(address);
  const end = min(plan.rays, (unit + 1) * 64);
  const walker = changetype<Walker>(plan.scratch + <usize>threadIndex() * plan.scratchBytes);
  for (let ray = unit * 64; ray < end; ray++) {
    beginWalk(plan, walker, ray, plan.jitter ? uniformAt(plan.jitterKey, ray) : <f32>0.5);
    const slot = <usize>(ray * capacity);
    store<i32>(counts + (<usize>ray << 2), walk(plan, walker, capacity, positions + (slot << 4), steps + (slot << 2)));
  }
}
