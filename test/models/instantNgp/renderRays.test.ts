/**
 * The fused kernels against their reference of tensor operations: same samples (plain-number marching), same colours, and the
 * gradients that the tape derives. Weights and densities are large enough that every ray has some opaque and some empty stretches.
 */
import { beforeAll, describe, expect, it } from 'vitest';
import type { Camera } from '../../../src/data/cameras/camera.ts';
import { hashGridLevels } from '../../../src/fields/hashGridLevels.ts';
import { sphericalHarmonics } from '../../../src/fields/sphericalHarmonics.ts';
import type { KernelPool } from '../../../src/kernels/kernelPool.ts';
import { createInstantNgp } from '../../../src/models/instantNgp/createInstantNgp.ts';
import { type InstantNgpConfig, instantNgpSchema } from '../../../src/models/instantNgp/instantNgpSchema.ts';
import { marchSettings } from '../../../src/models/instantNgp/marchSettings.ts';
import {
  encodedPosition,
  type MarchSample,
  marchRay,
} from '../../../src/models/instantNgp/reference/marchRay.ts';
import { photometricLoss, renderSamples } from '../../../src/models/instantNgp/reference/renderSamples.ts';
import { visibleCells } from '../../../src/models/instantNgp/visibleCells.ts';
import type { Parameter } from '../../../src/pipeline/pipeline.ts';
import { RandomStream, randomKey, uniformAt } from '../../../src/rng.ts';
import { selectCpuBackend } from '../../../src/tensors/selectCpuBackend.ts';
import * as tf from '../../../src/tensors/tf.ts';
import { onTensors } from '../../support/cpuBackend.ts';
import { withKernels } from '../../support/kernelPools.ts';

const seed = 7;
const rayCount = 24;
const bounds = { bounded: true, aabb: [-1.5, -1.5, -1.5, 1.5, 1.5, 1.5], hasAlpha: true };
const camera = {
  model: 'OPENCV',
  width: 8,
  height: 8,
  fx: 8,
  fy: 8,
  cx: 4,
  cy: 4,
  cameraToWorld: [1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 3],
} as const;

function configOf(overrides: object = {}): InstantNgpConfig {
  return instantNgpSchema.parse({
    hashGrid: { levels: 4, log2TableSize: 10, baseResolution: 4, maxResolution: 64 },
    density: { width: 16 },
    color: { width: 16 },
    occupancy: { resolution: 16 },
    ...overrides,
  });
}

/** They look at the middle of the scene from a distance of 3 model units: one side of the first cube. */
const [fromTheSide, fromTheFront] = [
  [0, 0, 1, 3, 0, 1, 0, 0, -1, 0, 0, 0],
  [1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 3],
].map((cameraToWorld) => ({ ...camera, cameraToWorld }));
const camerasAround = [fromTheSide!, fromTheFront!, fromTheFront!];

function createModel(
  kernels: KernelPool,
  config: InstantNgpConfig,
  scene = bounds,
  cameras: readonly Camera[] = [camera, camera, camera],
) {
  const model = createInstantNgp({
    config,
    kernels,
    bounds: scene,
    cameras,
    seed,
    evalBackground: 'white',
  });
  // Initial features of 1e-4 would hide the grid: everything is made to matter.
  const key = randomKey(99, RandomStream.noise, 0);
  for (const { variable } of Object.values(model.groups).flat()) {
    const data = onTensors.read(variable);
    for (let k = 0; k < data.length; k++) data[k] = (uniformAt(key, k) * 2 - 1) * 0.9;
  }
  for (let ray = 0; ray < rayCount; ray++) {
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
      [0, 1, 2, 3].map((k) => (draw(6 + k) + 1) / 2),
      ray * 4,
    );
    model.rays.imageIndex[ray] = ray % 3;
  }
  return model;
}

/** Samples by the plain-number twin, occupied wherever a camera looks, as the kernel takes them in training step `step`. */
function referenceSamples(
  model: ReturnType<typeof createModel>,
  config: InstantNgpConfig,
  scene: typeof bounds,
  step: number,
  cameras: readonly Camera[] = [camera],
  offsetOf = (ray: number) => uniformAt(randomKey(seed, RandomStream.march, step), ray),
  isOccupied?: (cell: number) => boolean,
): MarchSample[][] {
  const march = marchSettings(config, scene, cameras);
  const factor = march.stepFactor(step);
  const visible = visibleCells(cameras, {
    levels: march.levels,
    resolution: config.occupancy.resolution,
    center: march.center,
    halfSize: march.halfSize,
  });
  const grid = {
    levels: march.levels,
    resolution: config.occupancy.resolution,
    near: march.near,
    contracted: march.contracted,
    stepGrowth: march.stepGrowth,
    occupied: isOccupied ?? ((cell: number) => scene.bounded || visible[cell] === 1),
    coneAngle: march.coneAngle * factor,
    minStep: march.minStep * factor,
    maxStep: march.maxStep * factor,
  };
  return Array.from({ length: rayCount }, (_, ray) => {
    const origin = [0, 1, 2].map(
      (axis) =>
        (model.rays.origins[ray * 3 + axis]! - march.center[axis]! + march.halfSize) / (2 * march.halfSize),
    );
    const direction = [0, 1, 2].map((axis) => model.rays.directions[ray * 3 + axis]!);
    return marchRay(grid, origin as never, direction as never, offsetOf(ray));
  });
}

/** Colours, loss and gradients by tensor operations, from the same parameters. */
function reference(
  model: ReturnType<typeof createModel>,
  config: InstantNgpConfig,
  samples: MarchSample[][],
  step: number,
  shareAt: (t: number) => number = () => 1,
) {
  const parameters = Object.values(model.groups).flat();
  const byName = (prefix: string) =>
    parameters
      .filter(({ name }) => name.startsWith(prefix))
      .map(({ variable }) => variable as unknown as tf.Tensor2D);
  const networks = {
    table: byName('hash_grid')[0]!,
    levels: hashGridLevels({ ...config.hashGrid, maxResolution: config.hashGrid.maxResolution! }),
    density: byName('density/'),
    color: byName('color/'),
  };
  const all = samples.flat();
  const packed = {
    positions: Float32Array.from(all.flatMap(({ position }) => position)),
    steps: Float32Array.from(all.map((sample) => sample.step)),
    rays: Int32Array.from(samples.flatMap((list, ray) => list.map(() => ray))),
    gradientShares: Float32Array.from(all, ({ t }) => shareAt(t)),
  };
  const key = randomKey(seed, RandomStream.background, step);
  const background = tf.tensor2d(
    Float32Array.from({ length: rayCount * 3 }, (_, k) => uniformAt(key, k)),
    [rayCount, 3],
  );
  const directions = sphericalHarmonics(
    tf.tensor2d(model.rays.directions.slice(0, rayCount * 3), [rayCount, 3]),
    4,
  );
  const rgba = tf.tensor2d(model.rays.rgba.slice(0, rayCount * 4), [rayCount, 4]);
  const embedding = byName('appearance')[0];
  const render = () => {
    const appearance =
      embedding && tf.gather(embedding, tf.tensor1d(model.rays.imageIndex.slice(0, rayCount), 'int32'));
    return renderSamples(networks, packed, directions, background, appearance as tf.Tensor2D | undefined);
  };
  const colors = render().dataSync();
  const { value, grads } = tf.variableGrads(
    () => photometricLoss(render(), rgba, background),
    parameters.map(({ variable }) => variable as tf.Variable),
  );
  return {
    colors,
    loss: value.dataSync()[0]!,
    gradient: ({ variable }: Parameter) => grads[(variable as tf.Variable).name]!.dataSync(),
    samples: all.length,
  };
}

describe('renderRays against its reference', () => {
  beforeAll(selectCpuBackend);

  for (const [name, overrides, variant] of [
    ['the default shape', {}, 'relaxed'],
    ['the base module', {}, 'base'],
    ['the wide module', {}, 'wide'],
    [
      '2 features a level, deeper networks',
      {
        hashGrid: { levels: 6, featuresPerLevel: 2, log2TableSize: 10, baseResolution: 4, maxResolution: 64 },
        density: { width: 24, hiddenLayers: 2 },
        color: { width: 12, hiddenLayers: 3 },
      },
      'relaxed',
    ],
    [
      '1 feature a level (padded rows), one hidden layer',
      {
        hashGrid: { levels: 5, featuresPerLevel: 1, log2TableSize: 10, baseResolution: 4, maxResolution: 64 },
        color: { width: 16, hiddenLayers: 1 },
      },
      'relaxed',
    ],
    ['an appearance vector for each image', { appearanceDimensions: 8 }, 'relaxed'],
  ] as const)
    it(`${name}: colours, loss and every gradient agree`, async () => {
      await withKernels({ variant }, (kernels) => {
        const config = configOf(overrides);
        const model = createModel(kernels, config);
        const step = 1;
        const expected = reference(model, config, referenceSamples(model, config, bounds, step), step);
        const { statistics, gradients } = model.trainStep(step, rayCount);
        expect(statistics.dropped).toBe(0);
        // Rays end at a transmittance of 1e-3: what lies behind is worth less than that.
        expect(statistics.samples).toBeLessThanOrEqual(expected.samples);
        expect(model.rays.colors.slice(0, rayCount * 4)).toBeAllClose(expected.colors, {
          rtol: 0,
          atol: 2e-3,
        });
        expect(statistics.loss).toBeCloseTo(expected.loss, 3);
        for (const parameter of Object.values(model.groups).flat()) {
          const received = onTensors.read(gradients[parameter.name]!);
          const wanted = expected.gradient(parameter);
          const norm = Math.hypot(...wanted);
          expect(norm, parameter.name).toBeGreaterThan(0);
          expect(
            Math.hypot(...wanted.map((value, k) => value - received[k]!)) / norm,
            parameter.name,
          ).toBeLessThan(5e-3);
        }
        model.dispose();
      });
    });
});

describe('gradient scaling (Philip and Deschaintre 2023)', () => {
  const unbounded = { ...bounds, bounded: false };
  // Rays begin about 4 model units, 4/3 sides of the first cube, before what they look at; so much nearer than one side is nearly all.
  it('[MO7] scales the gradient of what is nearer by the square of the distance', async () => {
    await selectCpuBackend();
    await withKernels({}, (kernels) => {
      const config = configOf({ contraction: true, gradientScaling: 0.9 });
      const model = createModel(kernels, config, unbounded, camerasAround);
      const samples = referenceSamples(model, config, unbounded, 1, camerasAround);
      const ofAll = reference(model, config, samples, 1);
      const expected = reference(model, config, samples, 1, (t) => Math.min(1, t / 0.9) ** 2);
      const { gradients } = model.trainStep(1, rayCount);
      expect(model.rays.colors.slice(0, rayCount * 4)).toBeAllClose(expected.colors, { rtol: 0, atol: 2e-3 });
      for (const parameter of Object.values(model.groups).flat()) {
        const received = onTensors.read(gradients[parameter.name]!);
        const wanted = expected.gradient(parameter);
        const differenceTo = (values: ArrayLike<number>) =>
          Math.hypot(...wanted.map((value, k) => value - values[k]!)) / Math.hypot(...wanted);
        expect(differenceTo(received), parameter.name).toBeLessThan(5e-3);
        expect(differenceTo(ofAll.gradient(parameter)), parameter.name).toBeGreaterThan(0.05);
      }
      model.dispose();
    });
  });

  it('leaves the bits of bounded scenes, of cameras that look at nothing in common, and of configurations without it, as they were', async () => {
    await selectCpuBackend();
    const gradientsWith = async (
      gradientScaling: number,
      scene: typeof bounds,
      cameras: readonly Camera[],
    ) => {
      let bits = '';
      await withKernels({}, (kernels) => {
        const model = createModel(kernels, configOf({ gradientScaling }), scene, cameras);
        const { gradients } = model.trainStep(3, rayCount);
        bits = Object.values(gradients)
          .map((gradient) => Buffer.from(onTensors.read(gradient).slice().buffer).toString('base64'))
          .join();
        model.dispose();
      });
      return bits;
    };
    const parallel = [camera, camera, camera];
    const around = await gradientsWith(0, unbounded, camerasAround);
    expect(await gradientsWith(0.9, bounds, camerasAround)).toBe(
      await gradientsWith(0, bounds, camerasAround),
    );
    expect(await gradientsWith(0.9, unbounded, parallel)).toBe(await gradientsWith(0, unbounded, parallel));
    expect(await gradientsWith(1e-3, unbounded, camerasAround)).toBe(around);
    expect(await gradientsWith(0.9, unbounded, camerasAround)).not.toBe(around);
  });
});

describe('marchRays against its reference', () => {
  it.each([
    ['bounded, constant steps', bounds, {}],
    ['unbounded, cone-angle steps through two levels', { ...bounds, bounded: false }, {}],
    [
      'contracted, steps even in disparity through five levels',
      { ...bounds, bounded: false },
      { contraction: true },
    ],
  ])('%s: same samples', async (_, scene, overrides) => {
    await selectCpuBackend();
    await withKernels({}, (kernels) => {
      const config = configOf(overrides);
      const model = createModel(kernels, config, scene);
      const step = 500;
      const expected = referenceSamples(model, config, scene, step);
      model.trainStep(step, rayCount);
      const capacity = 2048;
      const counts = kernels.allocate(rayCount * 4);
      const positions = kernels.allocate(rayCount * capacity * 16);
      const steps = kernels.allocate(rayCount * capacity * 4);
      kernels.run('marchRays', 1, model.planAddress, capacity, counts, positions, steps);
      expected.forEach((samples, ray) => {
        const count = kernels.int32(counts, rayCount)[ray]!;
        expect(Math.abs(count - samples.length)).toBeLessThanOrEqual(1);
        const at = kernels.float32(positions + ray * capacity * 16, count * 4);
        samples.slice(0, Math.min(count, samples.length)).forEach((sample, k) => {
          expect(at.slice(k * 4, k * 4 + 3)).toBeAllClose(sample.position, { atol: 2e-5 });
          expect(kernels.float32(steps + ray * capacity * 4, count)[k]! / sample.step).toBeCloseTo(1, 4);
        });
      });
      model.dispose();
    });
  });
});

describe('findOccupied: where rays meet the occupancy grid', () => {
  it.each([
    ['bounded', bounds, {}],
    ['through five contracted levels', { ...bounds, bounded: false }, { contraction: true }],
  ])(
    '%s: at the first sample of the plain-number march, in model units; within a crop box alone',
    async (_, scene, overrides) => {
      await selectCpuBackend();
      await withKernels({}, (kernels) => {
        const config = configOf(overrides);
        const model = createModel(kernels, config, scene);
        // One cell in ten, by its number.
        const bits = model.state()['occupancy/bits']!;
        const cells = bits.data.length * 8;
        const isOccupied = (cell: number) => uniformAt(5, cell) < 0.1;
        const data = new Uint8Array(cells / 8);
        for (let cell = 0; cell < cells; cell++) if (isOccupied(cell)) data[cell >> 3]! |= 1 << (cell & 7);
        model.restore({ ...model.state(), 'occupancy/bits': { ...bits, data } });
        const { halfSize } = marchSettings(config, scene, [camera]);
        const expected = referenceSamples(model, config, scene, Infinity, [camera], () => 0.5, isOccupied);
        const distances = expected.map(([first]) => (first?.t ?? 0) * 2 * halfSize);
        const found = [...model.findOccupied!(rayCount).subarray(0, rayCount)];
        expect(found).toBeAllClose(distances, { atol: 1e-3 });
        expect(new Set(found).size).toBeGreaterThan(rayCount / 2);
        // A slab between z = -0.5 and z = 0.5.
        const slab = [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2, 0];
        const heights = (seen: ArrayLike<number>) =>
          Array.from({ length: rayCount }, (_, ray) => ray)
            .filter((ray) => seen[ray]! > 0)
            .map(
              (ray) => model.rays.origins[ray * 3 + 2]! + seen[ray]! * model.rays.directions[ray * 3 + 2]!,
            );
        expect(Math.max(...heights(found))).toBeGreaterThan(1);
        const within = heights(model.findOccupied!(rayCount, slab));
        expect(within.length).toBeGreaterThan(rayCount / 4);
        for (const height of within) expect(Math.abs(height)).toBeLessThan(0.501);
        expect([...model.findOccupied!(rayCount).subarray(0, rayCount)]).toEqual(found);
        model.dispose();
      });
    },
  );
});

describe('contraction (mip-NeRF 360, eq. 10)', () => {
  const contracted = { levels: 5, contracted: true };
  it.each([
    ['the middle of the cube', [0.5, 0.5, 0.5], [0.5, 0.5, 0.5]],
    ['the first cube takes the middle half', [1, 0.25, 0], [0.75, 0.375, 0.25]],
    ['twice as far: 2 - 1/2 of its half', [1.5, 0.5, 0.5], [0.875, 0.5, 0.5]],
    ['along a diagonal', [-1.5, 0.5, 2.5], [0.5 - (0.5 * 1.75) / 2, 0.5, 0.5 + (0.5 * 1.75) / 2]],
  ] as const)('%s', (_, point, expected) => {
    expect(encodedPosition(contracted, point)).toBeAllClose(expected, { atol: 1e-12 });
  });

  it('[MO6] a ray through everything is as long as the cube is wide', () => {
    for (const levels of [2, 5, 8]) {
      const fine = { coneAngle: 0, minStep: 1 / 512, maxStep: 1 / 512 };
      const grid = { ...contracted, ...fine, levels, resolution: 16, near: 0, occupied: () => true };
      const half = 2 ** (levels - 1) / 2;
      const lengths = marchRay(grid, [0.5 - half, 0.5, 0.5], [1, 0, 0], 0.5).map(({ step }) => step);
      // Within the first cube 1; beyond it, on either side, 1/2 times the integral of 1 / n^2 from 1 to the end.
      const expected = 1 + (1 - 2 ** (1 - levels));
      expect(lengths.reduce((sum, length) => sum + length, 0)).toBeCloseTo(expected, 2);
    }
  });

  it("keeps all of space in the encoding's cube", () => {
    for (const far of [1e3, 1e6])
      expect(encodedPosition(contracted, [far, -far, 0.5])).toBeAllClose([1, 0, 0.5], { atol: 1e-2 });
  });
});

describe('determinism', () => {
  it.each([
    ['a bounded scene', bounds, {}],
    ['a contracted one', { ...bounds, bounded: false }, { contraction: true }],
  ] as const)('the same bits with 1, 2, 3 and 7 threads: %s', async (_, scene, overrides) => {
    await selectCpuBackend();
    const results: string[] = [];
    const base64 = ({ buffer, byteOffset, byteLength }: ArrayBufferView) =>
      Buffer.from(buffer, byteOffset, byteLength).toString('base64');
    for (const threads of [1, 2, 3, 7])
      await withKernels({ threads }, (kernels) => {
        const model = createModel(kernels, configOf(overrides), scene, camerasAround);
        for (let step = 1; step <= 8; step++) model.commit(step);
        const { gradients } = model.trainStep(9, rayCount);
        const arrays = [
          ...Object.keys(gradients).map((name) => onTensors.read(gradients[name]!)),
          ...Object.values(model.state()).map(({ data }) => data),
        ];
        results.push(arrays.map(base64).join());
        model.dispose();
      });
    expect(new Set(results).size).toBe(1);
  });
});

/** The model with its rays repeated, so that there are `count` of them at least. */
function withRepeatedRays(model: ReturnType<typeof createModel>, repeats: number): number {
  for (const [data, size] of [
    [model.rays.origins, 3],
    [model.rays.directions, 3],
    [model.rays.rgba, 4],
    [model.rays.imageIndex, 1],
  ] as const)
    for (let copy = 1; copy < repeats; copy++) data.copyWithin(copy * rayCount * size, 0, rayCount * size);
  return rayCount * repeats;
}

describe('pieces of work', () => {
  it('colours do not depend on how rays are cut into pieces', async () => {
    await selectCpuBackend();
    await withKernels({}, (kernels) => {
      const model = createModel(kernels, configOf());
      const count = withRepeatedRays(model, 8);
      const colors = [1, 1000].map((survivorsPerRay) => {
        model.restore({
          ...model.state(),
          'rays/averages': { shape: [2], data: Float64Array.of(100, survivorsPerRay) },
        });
        expect(model.trainStep(1, count).statistics.dropped).toBe(0);
        return model.rays.colors.slice(0, count * 4);
      });
      expect(colors[0]).toEqual(colors[1]);
      model.dispose();
    });
  });

  it('samples that find no room are counted and leave everything finite', async () => {
    await selectCpuBackend();
    await withKernels({}, (kernels) => {
      const model = createModel(kernels, configOf());
      const count = withRepeatedRays(model, 200);
      model.restore({ ...model.state(), 'rays/averages': { shape: [2], data: Float64Array.of(100, 1) } });
      const { statistics, gradients } = model.trainStep(1, count);
      expect(statistics.dropped).toBeGreaterThan(0);
      expect(statistics.survivors + statistics.dropped).toBe(statistics.samples);
      for (const gradient of Object.values(gradients))
        expect(onTensors.read(gradient).every(Number.isFinite)).toBe(true);
      expect(model.rays.colors.subarray(0, count * 4).every((value) => value >= 0 && value <= 1)).toBe(true);
      model.dispose();
    });
  });
});
