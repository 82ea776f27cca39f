/** Where rays meet the occupancy grid: what it takes for full, seen from a camera. No network is asked. */
import type { KernelPool } from '../../kernels/kernelPool.ts';
import type { RenderPlan } from './renderPlan.ts';

export interface OccupiedDistances {
  /**
   * Marches the plan's first `count` rays, from the middle of a step, each until its first sample in an occupied cell.
   * @returns [capacity] float32, of which the first `count` are written: the sample's distance from the origin, model units; 0 where no sample is in one
   */
  find(count: number): Float32Array;
  dispose(): void;
}

const unitRays = 64;

/**
 * @param plan says where rays, grid and each thread's scratch space are, and how long steps are
 * @param capacity most rays of a call
 * @param boxScale unit coordinates for one model unit
 */
export function createOccupiedDistances(
  kernels: KernelPool,
  plan: RenderPlan,
  capacity: number,
  boxScale: number,
): OccupiedDistances {
  const [counts, positions, steps] = [4, 16, 4].map((bytes) => kernels.allocate(capacity * bytes)) as [
    number,
    number,
    number,
  ];
  const found = kernels.int32(counts, capacity);
  const samples = kernels.float32(positions, capacity * 4);
  const distances = new Float32Array(capacity);
  return {
    find(count) {
      plan.set({ rays: count, jitter: 0 });
      kernels.run('marchRays', Math.ceil(count / unitRays), plan.address, 1, counts, positions, steps);
      for (let ray = 0; ray < count; ray++)
        distances[ray] = found[ray]! > 0 ? samples[ray * 4 + 3]! / boxScale : 0;
      return distances;
    },
    dispose() {
      for (const address of [counts, positions, steps]) kernels.release(address);
    },
  };
}
