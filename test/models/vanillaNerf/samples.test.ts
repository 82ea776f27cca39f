/** Where rays are sampled, against values computed by hand. */
import { beforeAll, describe, expect, it } from 'vitest';
import { ConfigError } from '../../../src/errors.ts';
import { createSampleEncoder } from '../../../src/models/vanillaNerf/sampleEncoder.ts';
import { createSampleSpace } from '../../../src/models/vanillaNerf/sampleSpace.ts';
import { stratifiedEdges } from '../../../src/models/vanillaNerf/stratifiedEdges.ts';
import { selectCpuBackend } from '../../../src/tensors/selectCpuBackend.ts';

const bounded = { bounded: true, aabb: [-1, -2, -1, 3, 2, 1], hasAlpha: true };
const unbounded = { bounded: false, aabb: [-1, -1, -1, 1, 1, 1], hasAlpha: false };
const half = Math.SQRT1_2;
const rays = {
  // Along +x through the box; from inside along -z; slanted through a corner region; past the box.
  origins: Float32Array.of(-5, 0, 0, 0, 0, 0.5, -2, 0, 0, -5, 5, 0),
  directions: Float32Array.of(1, 0, 0, 0, 0, -1, half, half, 0, 1, 0, 0),
};

describe('stratifiedEdges', () => {
  it('are even without jitter', () => {
    expect(stratifiedEdges(2, 4)).toEqual(Float32Array.of(0, 0.25, 0.5, 0.75, 1, 0, 0.25, 0.5, 0.75, 1));
  });

  it('reach from the middle of one bin to the middle of the next, and never beyond the ray', () => {
    expect(stratifiedEdges(1, 4, () => 0)).toEqual(Float32Array.of(0, 0.125, 0.375, 0.625, 0.875));
    expect(stratifiedEdges(1, 4, () => 1)).toEqual(Float32Array.of(0.125, 0.375, 0.625, 0.875, 1));
    expect(stratifiedEdges(2, 1, (ray) => ray)).toEqual(Float32Array.of(0, 0.5, 0.5, 1));
  });
});

describe('createSampleSpace', () => {
  const edges = Float32Array.of(0, 0.5, 1);
  const stretchOf = (ray: number, config = {}, bounds = bounded) =>
    createSampleSpace(bounds, config).toDistances(edges, 1, ray, rays);

  it('samples a bounded scene from where a ray enters its box to where it leaves it', () => {
    expect(stretchOf(0)).toEqual(Float32Array.of(4, 6, 8));
    expect(stretchOf(1)).toEqual(Float32Array.of(0, 0.75, 1.5));
    // x reaches -1 after sqrt(2), y reaches 2 after 2 sqrt(2).
    expect(stretchOf(2)).toBeAllClose([Math.SQRT2, 1.5 * Math.SQRT2, 2 * Math.SQRT2]);
  });

  it('gives a ray that misses the box a stretch of no length', () => {
    expect(stretchOf(3)).toEqual(Float32Array.of(0, 0, 0));
  });

  it('cuts at near and far where they are set', () => {
    expect(stretchOf(0, { near: 5, far: 7 })).toEqual(Float32Array.of(5, 6, 7));
  });

  it('samples an unbounded scene evenly near by, and ever more sparsely far away', () => {
    const stretch = stretchOf(3, { near: 0.5, far: 10 }, unbounded);
    // In s = x / 2 below 1, else 1 - 1 / (2 x): from 0.25 to 0.95; its middle, 0.6, is 1 / (2 - 1.2).
    expect(stretch).toBeAllClose([0.5, 1.25, 10], { rtol: 1e-5 });
    const whole = stretchOf(3, {}, unbounded);
    expect(whole).toBeAllClose([0.05, 1 / (2 - 2 * 0.51225), 1000], { rtol: 2e-3 });
  });

  it('[RE6] samples nothing outside a crop box', () => {
    const one = { origins: Float32Array.of(5, 0, 0), directions: Float32Array.of(-1, 0, 0) };
    const space = createSampleSpace(unbounded, {});
    const half = [2, 0, 0, 0, 0, 2, 0, 0, 0, 0, 2, 0];
    const stretch = space.toDistances(edges, 1, 0, one, half);
    expect([stretch[0], stretch[2]]).toBeAllClose([4.5, 5.5], { rtol: 1e-5 });
    const beside = [2, 0, 0, 0, 0, 2, 0, 9, 0, 0, 2, 0];
    expect(new Set(space.toDistances(edges, 1, 0, one, beside)).size).toBe(1);
  });

  it('refuses a near behind far', () => {
    expect(() => createSampleSpace(unbounded, { near: 1000 })).toThrow(ConfigError);
  });
});

describe('createSampleEncoder', () => {
  beforeAll(selectCpuBackend);
  const config = {
    positionEncoding: { frequencies: 2, minExponent: 0, maxExponent: 1 },
    directionEncoding: { frequencies: 1, minExponent: 0, maxExponent: 0 },
  };
  /** Sines and cosines (as sines a quarter further) at 1 and 2 periods, axis by axis, then the input. */
  const encoded = (point: readonly number[]) => {
    const angles = point.flatMap((x) => [2 * Math.PI * x, 4 * Math.PI * x]);
    return [...angles.map(Math.sin), ...angles.map(Math.cos), ...point];
  };

  it('encodes the middles of bins, relative to the box', () => {
    const encoder = createSampleEncoder(config, bounded);
    expect(encoder.positionSize).toBe(15);
    expect(encoder.directionSize).toBe(9);
    const samples = encoder.encode(Float32Array.of(1, 2, 4, 0, 2, 6), 2, 1, rays);
    // Rays 1 and 2; the box has its middle at (1, 0, 0) and a longest side of 4.
    const middles = [
      [-0.25, 0, -0.25],
      [-0.25, 0, -0.625],
      [(half - 3) / 4, half / 4, 0],
      [(4 * half - 3) / 4, half, 0],
    ];
    expect(samples.positions.dataSync()).toBeAllClose(middles.flatMap(encoded), { atol: 1e-5 });
    expect([...samples.starts.dataSync()]).toEqual([1, 2, 0, 2]);
    expect([...samples.ends.dataSync()]).toEqual([2, 4, 2, 6]);
    const second = samples.directions.dataSync().slice(9);
    const waves = [half, half, 0].map((x) => 2 * Math.PI * x);
    expect(second).toBeAllClose([...waves.map(Math.sin), ...waves.map(Math.cos), half, half, 0], {
      atol: 1e-5,
    });
  });

  it('contracts unbounded space: what is infinitely far is half a period away', () => {
    const samples = createSampleEncoder(config, unbounded).encode(Float32Array.of(8, 10), 1, 0, rays);
    // x = -5 + 9 = 4, contracted to 2 - 1 / 4, over a side of 4.
    expect(samples.positions.dataSync()).toBeAllClose(encoded([1.75 / 4, 0, 0]), { atol: 1e-5 });
  });
});
