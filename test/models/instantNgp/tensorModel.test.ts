/** instant-ngp on tensor operations (here on the plain backend) against the fused kernels: the same model, step by step. */
import { beforeAll, describe, expect, it } from 'vitest';
import type { KernelPool } from '../../../src/kernels/kernelPool.ts';
import { createInstantNgp } from '../../../src/models/instantNgp/createInstantNgp.ts';
import { instantNgpSchema } from '../../../src/models/instantNgp/instantNgpSchema.ts';
import { createTensorInstantNgp } from '../../../src/models/instantNgp/tensors/createTensorInstantNgp.ts';
import type { RadianceModel } from '../../../src/models/radianceModel.ts';
import { RandomStream, randomKey, uniformAt } from '../../../src/rng.ts';
import { registerGradients } from '../../../src/tensors/gradients/registerGradients.ts';
import * as tf from '../../../src/tensors/tf.ts';
import { cpuEngine, onTensors } from '../../support/cpuBackend.ts';
import { withKernels } from '../../support/kernelPools.ts';

const count = 70;
const camera = {
  model: 'OPENCV',
  width: 8,
  height: 8,
  fx: 8,
  fy: 8,
  cx: 4,
  cy: 4,
} as const;

/** They look at the middle of the scene. */
const cameras = [
  { ...camera, cameraToWorld: [0, 0, 1, 3, 0, 1, 0, 0, -1, 0, 0, 0] },
  { ...camera, cameraToWorld: [1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 3] },
];

function optionsOf(kernels: KernelPool, bounded: boolean, overrides: object = {}) {
  const config = instantNgpSchema.parse({
    hashGrid: { levels: 4, log2TableSize: 10, baseResolution: 4, maxResolution: 64 },
    density: { width: 16 },
    color: { width: 16 },
    occupancy: { resolution: 16 },
    targetSamples: 1024,
    ...overrides,
  });
  const bounds = { bounded, aabb: [-1.5, -1.5, -1.5, 1.5, 1.5, 1.5], hasAlpha: true };
  return { config, kernels, bounds, cameras, seed: 7, evalBackground: 'white' as const };
}

/** Weights that make everything matter, and rays from all sides through the scene. */
function fill(model: RadianceModel): void {
  const key = randomKey(99, RandomStream.noise, 0);
  for (const { variable } of Object.values(model.groups).flat()) {
    const data = Float32Array.from({ length: variable.size }, (_, k) => (uniformAt(key, k) * 2 - 1) * 0.9);
    onTensors.read(variable).set(data);
  }
  for (let ray = 0; ray < count; ray++) {
    const draw = (k: number) => uniformAt(key, 1_000_000 + ray * 16 + k) * 2 - 1;
    const origin = [draw(0), draw(1), 4 + draw(2)];
    const target = [draw(3) * 0.8, draw(4) * 0.8, draw(5) * 0.8];
    const direction = target.map((value, axis) => value - origin[axis]!);
    const length = Math.hypot(...direction);
    model.rays.origins.set(origin, ray * 3);
    model.rays.directions.set(
      direction.map((value) => value / length),
      ray * 3,
    );
    model.rays.rgba.set(
      [0.5 + draw(6) / 2, 0.5 + draw(7) / 2, 0.5 + draw(8) / 2, 0.5 + draw(9) / 2],
      ray * 4,
    );
    model.rays.imageIndex[ray] = ray % 2;
  }
}

/** Losses and gradients of a few steps that move nothing but the occupancy grid. */
function runModel(model: RadianceModel, steps: readonly number[]) {
  fill(model);
  return steps.map((step) => {
    const { losses, gradients, metrics } = model.trainStep(step, count);
    const loss = losses['loss'] as number;
    const byName = Object.entries(gradients).map(
      ([name, tensor]) => [name, onTensors.read(tensor).slice()] as const,
    );
    model.commit(step);
    return { loss, samples: (metrics?.['samples_per_ray'] as number) * count, gradients: new Map(byName) };
  });
}

describe('instant-ngp on tensor operations', () => {
  beforeAll(async () => {
    await cpuEngine();
    // The library's own gradient of gather visits every row for every sample.
    registerGradients();
  });

  it.each([
    ['bounded, early steps where all samples count', true, [1, 20], {}],
    ['bounded, later steps', true, [301, 320, 321], {}],
    ['unbounded, with appearance vectors', false, [200], { appearanceDimensions: 4 }],
    ['unbounded and contracted', false, [1, 200], { contraction: true }],
    ['gradients scaled before the camera', false, [1, 200], { contraction: true, gradientScaling: 1 }],
  ] as const)(
    '%s: losses and every gradient are those of the kernels',
    async (_, bounded, steps, overrides) => {
      await withKernels({}, (kernels) => {
        const options = optionsOf(kernels, bounded, overrides);
        const models = [createInstantNgp(options), createTensorInstantNgp(options)] as const;
        const [fused, tensors] = models.map((model) => runModel(model, steps)) as [never, never] as [
          ReturnType<typeof runModel>,
          ReturnType<typeof runModel>,
        ];
        fused.forEach((expected, k) => {
          const received = tensors[k]!;
          expect(received.loss).toBeCloseTo(expected.loss, 5);
          // How rays share rounds differs, so that some march a little farther before they are known to have ended.
          expect(Math.abs(received.samples / expected.samples - 1)).toBeLessThan(0.25);
          expect([...received.gradients.keys()].sort()).toEqual([...expected.gradients.keys()].sort());
          for (const [name, wanted] of expected.gradients) {
            const got = received.gradients.get(name)!;
            const norm = Math.hypot(...wanted);
            expect(norm, name).toBeGreaterThan(0);
            expect(Math.hypot(...wanted.map((value, i) => value - got[i]!)) / norm, name).toBeLessThan(2e-3);
          }
        });
        for (const model of models) model.dispose();
      });
    },
  );

  it('renders the same pictures and keeps the same occupancy grid', async () => {
    await withKernels({}, (kernels) => {
      const options = optionsOf(kernels, true);
      const models = [createInstantNgp(options), createTensorInstantNgp(options)] as const;
      for (const model of models) {
        runModel(model, [16]);
        model.render(count);
      }
      const [fused, tensors] = models;
      expect(tensors.rays.colors.slice(0, count * 4)).toBeAllClose(fused.rays.colors.slice(0, count * 4), {
        rtol: 0,
        atol: 1e-4,
      });
      expect(tensors.rays.depths.slice(0, count)).toBeAllClose(fused.rays.depths.slice(0, count), {
        rtol: 2e-3,
        atol: 1e-3,
      });
      const [expected, received] = models.map((model) => model.state()['occupancy/density']!.data);
      expect(received!).toBeAllClose(expected!, { rtol: 1e-4, atol: 1e-6 });
      expect(received!.some((value) => value < 1e8)).toBe(true);
      // What lies from z = -1.5 to 0.5.
      const crop = [0.5, 0, 0, 0, 0, 0.5, 0, 0, 0, 0, 1, 0.5];
      const [inside, foundInside, found] = [
        models.map((model) => {
          model.render(count, crop);
          return model.rays.depths.slice(0, count);
        }),
        models.map((model) => model.findOccupied!(count, crop).slice(0, count)),
        models.map((model) => model.findOccupied!(count).slice(0, count)),
      ];
      expect(inside[1]!).toBeAllClose(inside[0]!, { rtol: 2e-3, atol: 1e-3 });
      for (const [one, other] of [foundInside, found]) expect(other!).toBeAllClose(one!, { atol: 1e-5 });
      expect(foundInside[0]).not.toEqual(found[0]);
      for (const model of models) model.dispose();
    });
  });

  it('takes over the state of the other form, and leaves no tensor behind', async () => {
    await withKernels({}, (kernels) => {
      const before = tf.memory().numTensors;
      const options = optionsOf(kernels, true);
      const [fused, tensors] = [createInstantNgp(options), createTensorInstantNgp(options)];
      runModel(fused, [16, 17]);
      tensors.restore(fused.state());
      expect(Object.keys(tensors.state()).sort()).toEqual(Object.keys(fused.state()).sort());
      expect(tensors.rayCount(18)).toBe(fused.rayCount(18));
      const alive = runModel(tensors, [18]) && tf.memory().numTensors;
      runModel(tensors, [19, 20, 21]);
      expect(tf.memory().numTensors).toBe(alive);
      fused.dispose();
      tensors.dispose();
      expect(tf.memory().numTensors).toBe(before);
    });
  });
});
