// Marching rays through occupied cells as a tensor operation: first counted, then written, so that the samples are packed.
import { beginWalk, walk, Walker } from './march';
import { Plan } from './plan';
import { uniformAt } from './rng';
import { threadIndex } from './thread';

const UNIT_RAYS: i32 = 64;
/** Samples that are taken at a time. */
const ROUND: i32 = 128;

/** Bytes of a thread's scratch space. */
export function opMarchScratchBytes(): usize {
  return offsetof<Plan>() + offsetof<Walker>() + ROUND * 20;
}

/**
 * Unit = 64 rays, unit coordinates (the first level's cube is [0, 1]^3).
 * Without `positions`: number of samples of ray r at offsets[r]. With it: ray r's samples from index offsets[r] on.
 * @param origins,directions [rays, 3]
 * @param positions [samples, 3] in the outermost cube as [0, 1]^3; rayIndices [samples] int32, distances and lengths [samples]
 */
export function opMarch(unit: i32, rays: i32, origins: usize, directions: usize, bits: usize, coarseBits: usize, levels: i32, resolution: i32, near: f32, coneAngle: f32, minStep: f32, maxStep: f32, jitter: i32, jitterKey: u32, scratch: usize, offsets: usize, positions: usize, rayIndices: usize, distances: usize, lengths: usize): void {
  const block = scratch + <usize>threadIndex() * opMarchScratchBytes();
  const plan = changetype<Plan>(block), walker = changetype<Walker>(block + offsetof<Plan>());
  const roundPositions = block + offsetof<Plan>() + offsetof<Walker>(), roundSteps = roundPositions + ROUND * 16;
  // Whatever a plan has beside these is not asked for: scratch space holds what was there before.
  memory.fill(block, 0, offsetof<Plan>());
  plan.rays = rays; plan.origins = origins; plan.directions = directions;
  plan.boxMinX = 0; plan.boxMinY = 0; plan.boxMinZ = 0; plan.boxScale = 1;
  plan.levels = levels; plan.resolution = resolution; plan.bits = bits; plan.coarseBits = coarseBits;
  plan.near = near; plan.coneAngle = coneAngle; plan.minStep = minStep; plan.maxStep = maxStep;
  const end = min(rays, (unit + 1) * UNIT_RAYS);
  for (let ray = unit * UNIT_RAYS; ray < end; ray++) {
    beginWalk(plan, walker, ray, jitter ? uniformAt(jitterKey, ray) : <f32>0.5);
    let at = positions ? load<i32>(offsets + (<usize>ray << 2)) : 0;
    for (;;) {
      const count = walk(plan, walker, ROUND, roundPositions, roundSteps);
      if (positions) for (let k = 0; k < count; k++) {
        const from = roundPositions + (<usize>k << 4), to = positions + <usize>(at + k) * 12, index = <usize>(at + k) << 2;
        store<f32>(to, load<f32>(from)); store<f32>(to, load<f32>(from, 4), 4); store<f32>(to, load<f32>(from, 8), 8);
        store<i32>(rayIndices + index, ray);
        store<f32>(distances + index, load<f32>(from, 12));
        store<f32>(lengths + index, load<f32>(roundSteps + (<usize>k << 2)));
      }
      at += count;
      if (count < ROUND) break;
    }
    if (!positions) store<i32>(offsets + (<usize>ray << 2), at);
  }
}
