/** The model on the reference backend: rendering in closed form, gradients by finite differences, sizes, memory. */
import { beforeAll, describe, expect, it } from 'vitest';
import { CheckpointError } from '../../../src/errors.ts';
import { createVanillaNerf } from '../../../src/models/vanillaNerf/createVanillaNerf.ts';
import {
  type VanillaNerfConfig,
  vanillaNerfSchema,
} from '../../../src/models/vanillaNerf/vanillaNerfSchema.ts';
import { RandomStream, randomKey, uniformAt } from '../../../src/rng.ts';
import { selectCpuBackend } from '../../../src/tensors/selectCpuBackend.ts';
import * as tf from '../../../src/tensors/tf.ts';
import { onTensors } from '../../support/cpuBackend.ts';

const bounds = { bounded: true, aabb: [-1, -1, -1, 1, 1, 1], hasAlpha: true };

function createModel(overrides: object = {}) {
  const config: VanillaNerfConfig = vanillaNerfSchema.parse({
    positionEncoding: { frequencies: 2, maxExponent: 1 },
    directionEncoding: { frequencies: 1, maxExponent: 0 },
    base: { layers: 3, width: 8, skipLayers: [2] },
    head: { layers: 1, width: 8 },
    coarseSamples: 6,
    importanceSamples: 5,
    raysPerStep: 12,
    ...overrides,
  });
  const model = createVanillaNerf({ config, bounds, cameras: [], seed: 3, evalBackground: 'white' });
  const key = randomKey(5, RandomStream.noise, 0);
  for (let ray = 0; ray < 12; ray++) {
    const draw = (k: number) => uniformAt(key, ray * 16 + k) * 2 - 1;
    const direction = [draw(0) / 4, draw(1) / 4, -1];
    const length = Math.hypot(...direction);
    model.rays.origins.set([draw(2) / 4, draw(3) / 4, 3], ray * 3);
    model.rays.directions.set(
      direction.map((value) => value / length),
      ray * 3,
    );
    model.rays.rgba.set(
      [4, 5, 6, 7].map((k) => (draw(k) + 1) / 2),
      ray * 4,
    );
  }
  const parameters = Object.fromEntries(
    Object.values(model.groups)
      .flat()
      .map(({ name, variable }) => [name, variable]),
  );
  return { model, parameters };
}

beforeAll(selectCpuBackend);

describe('createVanillaNerf', () => {
  it('has the networks of nerfstudio by default: 63 and 27 inputs, 8 layers of 256 with a skip at layer 4, a head of 2 layers of 128', () => {
    const config = vanillaNerfSchema.parse({});
    const model = createVanillaNerf({ config, bounds, cameras: [], seed: 1, evalBackground: 'white' });
    const shapes = Object.fromEntries(
      model.groups['fields']!.map(({ name, variable }) => [name, variable.shape.join('x')]),
    );
    const network = {
      'base/0': '63x256',
      'base/1': '256x256',
      'base/2': '256x256',
      'base/3': '256x256',
      'base/4': '256x256',
      'base/5': '256x256',
      'base/6': '256x256',
      'base/7': '256x256',
      density: '256x1',
      'head/0': '256x128',
      'head/1': '128x128',
      color: '128x3',
    };
    const expected: Record<string, string> = {};
    for (const which of ['coarse', 'fine'])
      for (const [layer, shape] of Object.entries(network)) {
        expected[`${which}/${layer}/weights`] = shape;
        expected[`${which}/${layer}/bias`] = shape.split('x')[1]!;
      }
    for (const which of ['coarse', 'fine']) {
      expected[`${which}/base/4/position_weights`] = '63x256';
      expected[`${which}/head/0/direction_weights`] = '27x128';
    }
    expect(shapes).toEqual(expected);
    expect(model.rayCount(1)).toBe(config.raysPerStep);
    model.dispose();
  });

  it('renders a cube of constant density and colour as the closed form says', () => {
    const { model, parameters } = createModel();
    for (const variable of Object.values(parameters))
      onTensors.write(variable, new Float32Array(variable.size));
    // softplus(0) = ln 2 per unit, sigmoid(bias) = 3/4, 1/2, 1/4; two units through the cube.
    onTensors.write(parameters['fine/color/bias']!, Float32Array.of(Math.log(3), 0, -Math.log(3)));
    model.rays.origins.set([0, 0, 3]);
    model.rays.directions.set([0, 0, -1]);
    model.render(1);
    const opacity = 1 - 2 ** -2;
    const [red, green, blue, transmittance] = model.rays.colors;
    expect(red).toBeCloseTo(opacity * 0.75 + 0.25, 5);
    expect(green).toBeCloseTo(opacity * 0.5 + 0.25, 5);
    expect(blue).toBeCloseTo(opacity * 0.25 + 0.25, 5);
    expect(transmittance).toBeCloseTo(0.25, 5);
    // Within the length of a sample.
    expect(Math.abs(model.rays.depths[0]! - (2 + meanDepth()))).toBeLessThan(0.05);
    model.dispose();
  });

  it('shows the background where a ray misses the scene', () => {
    const { model } = createModel();
    model.rays.origins.set([0, 5, 3]);
    model.rays.directions.set([0, 0, -1]);
    model.render(1);
    expect([...model.rays.colors.slice(0, 4)]).toEqual([1, 1, 1, 1]);
    model.dispose();
  });
});

/** Mean of x under density ln 2 e^(-x ln 2) in 0..2, by a fine sum. */
function meanDepth(): number {
  let [sum, total] = [0, 0];
  for (let k = 0; k < 20_000; k++) {
    const x = ((k + 0.5) / 20_000) * 2;
    sum += x * 2 ** -x;
    total += 2 ** -x;
  }
  return sum / total;
}

describe('a training step', () => {
  it('has the gradients of both losses, by finite differences', () => {
    const { model, parameters } = createModel();
    const { gradients } = model.trainStep(1, 5);
    const analytic = Object.fromEntries(
      Object.entries(gradients).map(([name, gradient]) => [
        name,
        Float32Array.from(onTensors.read(gradient)),
      ]),
    );
    expect(Object.keys(analytic).sort()).toEqual(Object.keys(parameters).sort());
    const lossOf = (name: string) => {
      const { losses } = model.trainStep(1, 5);
      return Number(losses[name.startsWith('coarse') ? 'rgb_coarse' : 'rgb_fine']);
    };
    for (const [name, variable] of Object.entries(parameters)) {
      const values = Float32Array.from(onTensors.read(variable));
      const gradient = analytic[name]!;
      // The element that matters most, and one anywhere.
      const largest = gradient.reduce(
        (best, value, k) => (Math.abs(value) > Math.abs(gradient[best]!) ? k : best),
        0,
      );
      for (const index of [largest, values.length >> 1]) {
        const at = (offset: number) => {
          const moved = values.slice();
          moved[index]! += offset;
          onTensors.write(variable, moved);
          return lossOf(name);
        };
        const difference = (at(1e-3) - at(-1e-3)) / 2e-3;
        expect(Math.abs(difference - gradient[index]!), `${name}[${index}]`).toBeLessThan(
          2e-4 + 0.05 * Math.abs(gradient[index]!),
        );
      }
      onTensors.write(variable, values);
    }
    expect(
      Math.max(...Object.values(analytic).flatMap((gradient) => [...gradient].map(Math.abs))),
    ).toBeGreaterThan(0.01);
    model.dispose();
  });

  it('does not depend on how many rays a pass takes, but for rounding', () => {
    const all = createModel();
    const few = createModel({ samplesPerPass: 30 });
    const [whole, parts] = [all, few].map(({ model }) => model.trainStep(4, 12));
    expect(parts!.losses['rgb_fine']).toBeCloseTo(whole!.losses['rgb_fine'] as number, 6);
    for (const [name, gradient] of Object.entries(whole!.gradients))
      expect(onTensors.read(parts!.gradients[name]!)).toBeAllClose(onTensors.read(gradient), {
        rtol: 1e-4,
        atol: 1e-6,
      });
    all.model.dispose();
    few.model.dispose();
  });

  it('is a function of seed and step alone, and another one at each step', () => {
    const { model } = createModel();
    const first = model.trainStep(7, 12).losses;
    const other = model.trainStep(8, 12).losses;
    model.render(12);
    expect(model.trainStep(7, 12).losses).toEqual(first);
    expect(other).not.toEqual(first);
    model.dispose();
  });

  it('leaves no tensors behind, nor does rendering', () => {
    const before = tf.memory().numTensors;
    const { model } = createModel();
    model.trainStep(1, 12);
    const during = tf.memory();
    for (let step = 2; step < 6; step++) {
      model.trainStep(step, 12);
      model.render(12);
    }
    expect(tf.memory().numTensors).toBe(during.numTensors);
    expect(tf.memory().numBytes).toBe(during.numBytes);
    model.dispose();
    expect(tf.memory().numTensors).toBe(before);
  });
});

describe('odd settings', () => {
  it('refuses the state of another model', () => {
    const { model } = createModel();
    expect(() => model.restore({ 'occupancy/density': { shape: [1], data: new Float32Array(1) } })).toThrow(
      CheckpointError,
    );
    expect(() => model.restore(model.state())).not.toThrow();
    model.dispose();
  });

  it.each([
    [{ base: { layers: 4, skipLayers: [4] } }, 'base.skipLayers'],
    [{ base: { skipLayers: [0] } }, 'base.skipLayers'],
    [{ near: 3, far: 2 }, 'far'],
    [{ positionEncoding: { minExponent: 9 } }, 'positionEncoding.maxExponent'],
    [{ coarseSamples: 0 }, 'coarseSamples'],
    [{ hashGrid: {} }, ''],
  ])('%j is refused, naming %s', (settings, at) => {
    const { error } = vanillaNerfSchema.safeParse(settings);
    expect(error?.issues[0]?.path.join('.')).toMatch(new RegExp(`^${at}`));
  });

  it('a single layer, sample and ray will do', () => {
    const { model } = createModel({
      base: { layers: 1, width: 1, skipLayers: [] },
      head: { layers: 1, width: 1 },
      coarseSamples: 1,
      importanceSamples: 1,
      raysPerStep: 1,
      samplesPerPass: 1,
    });
    const { losses } = model.trainStep(1, 1);
    expect(losses['rgb_fine']).toBeGreaterThan(0);
    model.dispose();
  });
});
