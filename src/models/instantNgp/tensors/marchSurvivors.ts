/** Advances rays in rounds and keeps the samples that matter: rays march on the processor, whoever calls computes the densities. */
import type { KernelPool } from '../../../kernels/kernelPool.ts';
import { walkerLayout, walkRequestLayout } from '../../../kernels/layouts.ts';
import type { MarchLimits } from '../marchSettings.ts';
import type { RenderPlan } from '../renderPlan.ts';

/** Samples that matter, ray by ray, front to back. */
export interface Survivors {
  /** [survivors, 3] float32 in 0..1 */
  readonly positions: Float32Array;
  /** [survivors] float32, unit coordinates */
  readonly distances: Float32Array;
  readonly steps: Float32Array;
  /** [survivors] int32, ascending */
  readonly rays: Int32Array;
  /** Samples whose density was computed. */
  readonly marched: number;
}

/** Density times length. @param positions [samples, 3] in 0..1 @param steps [samples] @returns [samples] float32 */
export type OpticalDepthsOf = (positions: Float32Array, steps: Float32Array) => Float32Array;

export interface RayMarch {
  /** Marches rays 0..count-1 of the plan. */
  march(count: number, limits: MarchLimits, opticalDepthsOf: OpticalDepthsOf): Survivors;
  dispose(): void;
}

const unitRays = 64;
/** In float32: a walker, and where in it are the next sample's distance and the ray's end. */
const walkerWords = walkerLayout.bytes / 4;
const walkerT = walkerLayout.offsets.t / 4;
const walkerEnd = walkerLayout.offsets.end / 4;
/** Samples of a round for each 64 rays, and for one ray at most: the fewer rays are alive, the farther each goes. */
const roundSamples = 512;
const maxSamplesPerRay = 64;

/** A round that has been marched: requests [rays] WalkRequest, which is [ray, limit, first, taken]. */
interface Round {
  readonly requests: Int32Array;
  readonly positions: Float32Array;
  readonly steps: Float32Array;
}

/** @param capacity most rays of a call */
export function createRayMarch(kernels: KernelPool, plan: RenderPlan, capacity: number): RayMarch {
  const walkers = kernels.allocate(capacity * walkerLayout.bytes);
  const requestAddress = kernels.allocate(capacity * walkRequestLayout.bytes);
  const roundCapacity = Math.ceil(capacity / unitRays) * roundSamples;
  const positionAddress = kernels.allocate(roundCapacity * 16);
  const stepAddress = kernels.allocate(roundCapacity * 4);
  const walkerFloats = kernels.float32(walkers, capacity * walkerWords);
  const isUnderWay = (ray: number) =>
    walkerFloats[ray * walkerWords + walkerT]! < walkerFloats[ray * walkerWords + walkerEnd]!;

  const marchRound = (alive: readonly number[]): Round => {
    const requests = kernels.int32(requestAddress, alive.length * 4);
    const samples = writeRequests(alive, requests);
    const units = Math.ceil(alive.length / unitRays);
    const numbers = [plan.address, walkers, requestAddress, alive.length, positionAddress, stepAddress];
    kernels.run('advanceWalkers', units, ...numbers);
    return {
      requests,
      positions: kernels.float32(positionAddress, samples * 4),
      steps: kernels.float32(stepAddress, samples),
    };
  };

  return {
    march(count, limits, opticalDepthsOf) {
      const found = collector(count);
      const light = new Float32Array(count).fill(1);
      kernels.run('beginWalkers', Math.ceil(count / unitRays), plan.address, walkers);
      let alive = Array.from({ length: count }, (_, ray) => ray).filter(isUnderWay);
      let marched = 0;
      while (alive.length > 0) {
        const round = marchRound(alive);
        const packed = packRound(round);
        marched += packed.steps.length;
        if (packed.steps.length === 0) break;
        const depths = opticalDepthsOf(packed.positions, packed.steps);
        alive = found.collect(round, depths, light, limits).filter(isUnderWay);
      }
      return { ...found.sorted(), marched };
    },
    dispose() {
      for (const address of [walkers, requestAddress, positionAddress, stepAddress]) kernels.release(address);
    },
  };
}

/** Every 64 rays of the numbering share a round's samples, whatever the other rays do. @returns room that the round needs */
function writeRequests(alive: readonly number[], requests: Int32Array): number {
  let first = 0;
  for (let begin = 0; begin < alive.length; ) {
    const unit = Math.floor(alive[begin]! / unitRays);
    let end = begin;
    while (end < alive.length && Math.floor(alive[end]! / unitRays) === unit) end++;
    const limit = Math.min(maxSamplesPerRay, Math.floor(roundSamples / (end - begin)));
    for (let k = begin; k < end; k++) {
      requests.set([alive[k]!, limit, first, 0], k * 4);
      first += limit;
    }
    begin = end;
  }
  return first;
}

/** The samples that were taken, without the gaps between rays. */
function packRound({ requests, positions, steps }: Round): { positions: Float32Array; steps: Float32Array } {
  let total = 0;
  for (let k = 3; k < requests.length; k += 4) total += requests[k]!;
  const packed = { positions: new Float32Array(total * 3), steps: new Float32Array(total) };
  let to = 0;
  for (let k = 0; k < requests.length; k += 4) {
    const first = requests[k + 2]!;
    for (let at = first; at < first + requests[k + 3]!; at++, to++) {
      packed.positions[to * 3] = positions[at * 4]!;
      packed.positions[to * 3 + 1] = positions[at * 4 + 1]!;
      packed.positions[to * 3 + 2] = positions[at * 4 + 2]!;
      packed.steps[to] = steps[at]!;
    }
  }
  return packed;
}

/** Gathers samples of enough weight, round by round, and sorts them by ray in the end. */
function collector(rayCount: number) {
  /** x, y, z, distance, length */
  const values: number[] = [];
  const rayOf: number[] = [];
  return {
    /** @param light [rays] float32: transmittance so far; advanced @returns the rays that have light left */
    collect(
      { requests, positions, steps }: Round,
      depths: Float32Array,
      light: Float32Array,
      limits: MarchLimits,
    ) {
      const stillLit: number[] = [];
      let sample = 0;
      for (let k = 0; k < requests.length; k += 4) {
        const [ray, , first, taken] = requests.subarray(k, k + 4) as unknown as [
          number,
          number,
          number,
          number,
        ];
        let left = light[ray]!;
        for (let n = 0; n < taken && left >= limits.minTransmittance; n++) {
          const through = Math.exp(-depths[sample + n]!);
          const weight = left * (1 - through);
          left = Math.fround(left * through);
          if (weight < limits.minWeight) continue;
          const at = (first + n) * 4;
          values.push(
            positions[at]!,
            positions[at + 1]!,
            positions[at + 2]!,
            positions[at + 3]!,
            steps[first + n]!,
          );
          rayOf.push(ray);
        }
        sample += taken;
        light[ray] = left;
        if (left >= limits.minTransmittance) stillLit.push(ray);
      }
      return stillLit;
    },
    sorted(): Omit<Survivors, 'marched'> {
      const begins = new Int32Array(rayCount + 1);
      for (const ray of rayOf) begins[ray + 1]!++;
      for (let ray = 0; ray < rayCount; ray++) begins[ray + 1]! += begins[ray]!;
      const total = rayOf.length;
      const positions = new Float32Array(total * 3);
      const [distances, steps] = [new Float32Array(total), new Float32Array(total)];
      const rays = new Int32Array(total);
      rayOf.forEach((ray, from) => {
        const to = begins[ray]!++;
        for (let axis = 0; axis < 3; axis++) positions[to * 3 + axis] = values[from * 5 + axis]!;
        distances[to] = values[from * 5 + 3]!;
        steps[to] = values[from * 5 + 4]!;
        rays[to] = ray;
      });
      return { positions, distances, steps, rays };
    },
  };
}
