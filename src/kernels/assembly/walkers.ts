// Rays on their way through the occupancy grid, round by round, for models whose densities are computed outside of the kernels.
import { Walker, beginWalk, walk } from './march';
import { Plan } from './plan';
import { uniformAt } from './rng';

const UNIT_RAYS: i32 = 64;

/** One ray's share of a round. */
@unmanaged
export class WalkRequest {
  ray: i32;
  /** Samples that it may take at most, and where in the round they go. */
  limit: i32;
  first: i32;
  /** How many it took; out. */
  taken: i32;
}

/** Unit = 64 rays: puts each at its start. @param walkers [rays] Walker; out */
export function beginWalkers(unit: i32, address: usize, walkers: usize): void {
  const plan = changetype<Plan>(address);
  const end = min(plan.rays, (unit + 1) * UNIT_RAYS);
  for (let ray = unit * UNIT_RAYS; ray < end; ray++)
    beginWalk(plan, changetype<Walker>(walkers + <usize>ray * offsetof<Walker>()), ray, plan.jitter ? uniformAt(plan.jitterKey, ray) : <f32>0.5);
}

/**
 * Unit = 64 requests: takes the next samples of each one's ray.
 * @param requests [count] WalkRequest
 * @param positions [][4] and steps [] float32: see march.ts; out
 */
export function advanceWalkers(unit: i32, address: usize, walkers: usize, requests: usize, count: i32, positions: usize, steps: usize): void {
  const plan = changetype<Plan>(address);
  const end = min(count, (unit + 1) * UNIT_RAYS);
  for (let k = unit * UNIT_RAYS; k < end; k++) {
    const request = changetype<WalkRequest>(requests + <usize>k * offsetof<WalkRequest>());
    const walker = changetype<Walker>(walkers + <usize>request.ray * offsetof<Walker>()), first = <usize>request.first;
    request.taken = walk(plan, walker, request.limit, positions + (first << 4), steps + (first << 2));
  }
}
