/** The places of rays that begin at `near`: found on the ladder, and gone to step by step. */
import { describe, expect, it } from 'vitest';
import type { KernelPool } from '../../src/kernels/kernelPool.ts';
import { ladderLayout, planLayout } from '../../src/kernels/layouts.ts';
import { structAt } from '../../src/kernels/structs.ts';
import { RandomStream, randomKey, uniformAt } from '../../src/rng.ts';
import { withKernels } from '../support/kernelPools.ts';

const [rays, capacity, resolution] = [64, 1024, 16];
const draw = (k: number) => uniformAt(randomKey(5, RandomStream.noise, 0), k);

/** A plan of rays from within the first cube through cells of which an eighth is occupied, at random. */
function planOf(kernels: KernelPool, { levels, growth }: { levels: number; growth: number }) {
  const cells = levels * resolution ** 3;
  const address = kernels.allocate(planLayout.bytes);
  const plan = structAt(kernels, planLayout, address);
  const [bits, coarseBits] = [kernels.allocate(cells / 8), kernels.allocate(cells / 8)];
  const [origins, directions] = [kernels.allocate(rays * 12), kernels.allocate(rays * 12)];
  kernels
    .uint8(bits, cells / 8)
    .set(Array.from({ length: cells / 8 }, (_, k) => 1 << Math.floor(8 * draw(k))));
  kernels.uint8(coarseBits, cells / 8).fill(255);
  kernels
    .float32(origins, rays * 3)
    .set(Array.from({ length: rays * 3 }, (_, k) => 0.3 + 0.4 * draw(1e6 + k)));
  for (let ray = 0; ray < rays; ray++) {
    const vector = [0, 1, 2].map((axis) => draw(2e6 + 3 * ray + axis) - 0.5);
    kernels.float32(directions + ray * 12, 3).set(vector.map((value) => value / Math.hypot(...vector)));
  }
  plan.set({ rays, origins, directions, boxScale: 1, levels, resolution, bits, coarseBits });
  plan.set({ contracted: growth > 0 ? 1 : 0, near: 0.1, coneAngle: 1 / 256, minStep: 1 / 600, maxStep: 4 });
  plan.set({ stepGrowth: growth, scratchBytes: 64, scratch: kernels.allocate(64 * kernels.threads) });
  return { address, plan };
}

describe('the ladder', () => {
  it.each([
    ['two levels', { levels: 2, growth: 0 }],
    ['five contracted levels', { levels: 5, growth: 2 }],
  ])('leads rays to the places that single steps lead to, bit by bit: %s', (_, scene) =>
    withKernels({}, (kernels) => {
      const { address, plan } = planOf(kernels, scene);
      const [counts, steps] = [kernels.allocate(rays * 4), kernels.allocate(rays * capacity * 4)];
      const positions = kernels.allocate(rays * capacity * 16);
      const march = () => {
        kernels.run('marchRays', 1, address, capacity, counts, positions, steps);
        const taken = [...kernels.int32(counts, rays)];
        return taken.map((count, ray) => [...kernels.int32(positions + ray * capacity * 16, 4 * count)]);
      };
      const stepByStep = march();
      const ladder = kernels.allocate(kernels.call('ladderBytes'));
      plan.set({ ladder });
      kernels.run('buildLadder', 1, address);
      const rungs = structAt(kernels, ladderLayout, ladder).get('rungs');
      expect(rungs).toBeGreaterThan(200);
      expect(march()).toEqual(stepByStep);
      expect(stepByStep.flat().length / 4).toBeGreaterThan(rays * 10);
      // A ladder that leads elsewhere is followed: the rays do climb it.
      const places = kernels.float32(ladder + ladderLayout.bytes, rungs);
      places.set(places.map((at) => at * 1.001));
      expect(march()).not.toEqual(stepByStep);
    }),
  );

  it('is not built for steps of one length', () =>
    withKernels({}, (kernels) => {
      const { address, plan } = planOf(kernels, { levels: 1, growth: 0 });
      const ladder = kernels.allocate(kernels.call('ladderBytes'));
      plan.set({ ladder, coneAngle: 0 });
      kernels.run('buildLadder', 1, address);
      expect(structAt(kernels, ladderLayout, ladder).get('rungs')).toBe(0);
    }));
});
