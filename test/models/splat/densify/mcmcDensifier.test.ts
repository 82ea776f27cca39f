/** 3DGS-MCMC: what N copies must be, how often each is drawn, and what noise moves; all computed another way. */
import { describe, expect, it } from 'vitest';
import { mcmcDensifier, shareOfOne } from '../../../../src/models/splat/densify/mcmcDensifier.ts';
import type { SplatValues } from '../../../../src/models/splat/splatParameters.ts';
import { densified, fourSplats, logit, opacityOf } from './fourSplats.ts';

const setting = { seed: 5, maxSplats: 1000, horizonSteps: 1000, photoSide: 100 };
const create = (settings: Record<string, number> = {}, over: Partial<typeof setting> = {}) =>
  mcmcDensifier.create(mcmcDensifier.schema.parse(settings), { ...setting, ...over });

/** `count` splats of these opacities, in turns. */
function manySplats(count: number, opacities: readonly number[]): SplatValues {
  return {
    means: new Float32Array(count * 3),
    scales: new Float32Array(count * 3).fill(Math.log(0.1)),
    rotations: Float32Array.from({ length: count * 4 }, (_, k) => (k % 4 === 0 ? 1 : 0)),
    opacities: Float32Array.from({ length: count }, (_, row) => logit(opacities[row % opacities.length]!)),
    colors: new Float32Array(count * 3),
    harmonics: new Float32Array(0),
  };
}

describe('N copies in one place', () => {
  it.each([
    [0.9, 2],
    [0.5, 3],
    [0.05, 7],
    [0.99, 51],
  ])(
    'of opacity %d and N = %i look as one: opaque in the middle, the same integral along a line',
    (opacity, copies) => {
      const share = shareOfOne(opacity, copies);
      /** Light that is kept off at distance x, in standard deviations of the one. */
      const together = (x: number) =>
        1 - (1 - share.opacity * Math.exp(-((x / share.scale) ** 2) / 2)) ** copies;
      const alone = (x: number) => opacity * Math.exp(-(x ** 2) / 2);
      expect(together(0)).toBeCloseTo(opacity, 10);
      const integral = (f: (x: number) => number) => {
        let sum = 0;
        for (let x = -20; x <= 20; x += 1e-3) sum += f(x) * 1e-3;
        return sum;
      };
      expect(integral(together)).toBeCloseTo(integral(alone), 6);
    },
  );

  it('of one is that one', () => {
    const { opacity, scale } = shareOfOne(0.3, 1);
    expect([opacity, scale]).toBeAllClose([0.3, 1]);
  });
});

describe('relocation', () => {
  it('puts dead splats onto living ones, whose memory begins anew with theirs', () => {
    const { rows } = densified(create({ growth: 0, everySteps: 10 }), 100, fourSplats())!;
    expect(rows.length).toBe(4);
    const copied = rows.find(({ from }) => from === -1)!.source;
    expect([0, 1, 3]).toContain(copied);
    const copies = rows.filter(({ source }) => source === copied);
    expect(copies.map(({ from }) => from)).toEqual([-1, -1]);
    const before = opacityOf(fourSplats().opacities[copied]!);
    const [first, second] = copies as [(typeof copies)[0], (typeof copies)[0]];
    expect(1 - (1 - first.opacity) * (1 - second.opacity)).toBeCloseTo(before, 5);
    expect(second).toEqual(first);
    expect(rows.filter(({ from }) => from >= 0).every(({ source, from }) => source === from)).toBe(true);
  });

  it('draws living splats as often as they are opaque, the same for a step and others for the next', () => {
    const values = manySplats(1000, [0.001, 0.2, 0.6]);
    const drawnOf = (step: number) =>
      densified(create({ growth: 0, everySteps: 10 }), step, values)!
        .rows.slice(666)
        .map(({ source }) => source);
    const drawn = drawnOf(100);
    expect(drawn.length).toBe(334);
    const fromFaint = drawn.filter((source) => source % 3 === 1).length;
    // A quarter of 334, with a deviation of 8.
    expect(Math.abs(fromFaint - 83.5)).toBeLessThan(4 * 8);
    expect(drawnOf(100)).toEqual(drawn);
    expect(drawnOf(110)).not.toEqual(drawn);
  });

  it('grows by 5% up to maxSplats, within its shares of the horizon', () => {
    const counts = (maxSplats: number, step: number) =>
      densified(create({}, { maxSplats }), step, manySplats(200, [0.5]))?.rows.length;
    expect(counts(1000, 100)).toBe(210);
    expect(counts(204, 100)).toBe(204);
    expect(counts(100, 100)).toBe(200);
    expect(counts(1000, 150)).toBeUndefined();
    expect(counts(1000, 900)).toBeUndefined();
  });

  it('leaves splats that are all dead', () => {
    expect(densified(create(), 100, manySplats(10, [0.001]))).toBeUndefined();
  });
});

describe('noise', () => {
  it('has the covariance of the splat, squared, and the strength that rate and opacity give it', () => {
    const count = 20_000;
    const values = manySplats(count, [0.01]);
    const half = Math.SQRT1_2;
    for (let row = 0; row < count; row++) {
      values.scales.set([Math.log(0.3), Math.log(0.1), Math.log(0.02)], row * 3);
      values.rotations.set([half, 0, 0, half], row * 4);
    }
    create({ noise: 1000 }).move!(7, values, 1e-3);
    // 1000 * 1e-3 * sigmoid(100 (0.005 - 0.01)), and x and y change places.
    const strength = 1 / (1 + Math.exp(0.5));
    const deviations = [0.1 ** 2, 0.3 ** 2, 0.02 ** 2].map((variance) => variance * strength);
    for (const [axis, deviation] of deviations.entries()) {
      const moved = Array.from({ length: count }, (_, row) => values.means[row * 3 + axis]! / deviation);
      const mean = moved.reduce((sum, value) => sum + value, 0) / count;
      const variance = moved.reduce((sum, value) => sum + value ** 2, 0) / count - mean ** 2;
      expect(Math.abs(mean)).toBeLessThan(4 / Math.sqrt(count));
      expect(Math.abs(variance - 1)).toBeLessThan(0.05);
    }
  });

  it('leaves opaque splats alone, and is a function of seed and step', () => {
    const moved = (step: number, seed = 5) => {
      const values = manySplats(3, [0.5, 0.01]);
      create({}, { seed }).move!(step, values, 1e-3);
      return Array.from(values.means);
    };
    expect(moved(1).slice(0, 3)).toEqual([0, 0, 0]);
    expect(moved(1)[3]).not.toBe(0);
    expect(moved(1)).toEqual(moved(1));
    expect(moved(2)).not.toEqual(moved(1));
    expect(moved(1, 6)).not.toEqual(moved(1));
  });
});
