/** The classic densification: thresholds, clones, splits, resets, by hand. */
import { describe, expect, it } from 'vitest';
import { classicDensifier } from '../../../../src/models/splat/densify/classicDensifier.ts';
import { densified, fourSplats } from './fourSplats.ts';

const setting = { seed: 5, maxSplats: 1000, horizonSteps: 1000, photoSide: 200 };
/** In a photo of 200 pixels a gradient of 2 by its half is one of 0.02 by the pixel. */
const create = (settings: Record<string, number> = {}, over: Partial<typeof setting> = {}) =>
  classicDensifier.create(
    classicDensifier.schema.parse({ gradientThreshold: 2, cloneSize: 0.05, ...settings }),
    { ...setting, ...over },
  );

describe('growth', () => {
  it('clones small splats above the threshold: the copy is the same and begins anew', () => {
    const { rows } = densified(create(), 50 * 2, fourSplats(), [0.0201, 0.0199, 1, 0.019])!;
    expect(rows.map(({ source, from }) => [source, from])).toEqual([
      [0, 0],
      [1, 1],
      [3, 3],
      [0, -1],
    ]);
    expect({ ...rows[3], from: 0 }).toEqual(rows[0]);
  });

  it('splits large ones into two that are 1.6 times smaller, at random places within', () => {
    const shifts = [100, 200, 300, 400].flatMap((step) => {
      const { rows } = densified(
        create({ maxSize: 1, resetEveryShare: 0 }),
        step,
        fourSplats(),
        [0, 1, 0, 0],
      )!;
      const halves = rows.filter(({ source }) => source === 1);
      expect(halves.map(({ from }) => from)).toEqual([-1, -1]);
      for (const { scale, opacity } of halves) {
        expect(scale).toBeAllClose([Math.log(0.1 / 1.6), -4 - Math.log(1.6), -4 - Math.log(1.6)]);
        expect(opacity).toBeCloseTo(0.8, 5);
      }
      return halves.map(({ mean }) => mean);
    });
    // The long axis, 0.1, is turned to y; the others are exp(-4) = 0.018 long.
    expect(Math.max(...shifts.map(([, y]) => Math.abs(y!)))).toBeGreaterThan(0.05);
    for (const [x, y, z] of shifts) {
      expect(Math.abs(y!)).toBeLessThan(0.35);
      expect(Math.max(Math.abs(x!), Math.abs(z!))).toBeLessThan(0.064);
    }
    expect(new Set(shifts.map(([, y]) => y)).size).toBe(shifts.length);
  });

  it('takes the largest gradients where maxSplats leaves no room for all', () => {
    const { rows } = densified(create({}, { maxSplats: 4 }), 100, fourSplats(), [1, 2, 9, 3])!;
    expect(rows.map(({ source }) => source)).toEqual([0, 1, 3, 3]);
    const full = densified(create({}, { maxSplats: 2 }), 100, fourSplats(), [1, 2, 9, 3])!;
    expect(full.rows.length).toBe(3);
  });

  it('keeps to its steps and shares of the horizon', () => {
    const isDone = (step: number) => densified(create(), step, fourSplats(), [0, 0, 0, 0]) !== undefined;
    expect([10, 150, 200, 500, 600].map(isDone)).toEqual([false, false, true, true, false]);
  });
});

describe('opacity reset', () => {
  it('comes when a share of the horizon is over; memory of opacities begins anew', () => {
    const opacities = (step: number) => {
      const { rows, anew } = densified(create({ resetEveryShare: 0.2 }), step, fourSplats(), [0, 0, 0, 0])!;
      return { opacities: rows.map(({ opacity }) => opacity), anew };
    };
    expect(opacities(200).anew).toBeUndefined();
    // Shares of 0.199 and 0.299: a fifth is over between them.
    expect(opacities(300)).toMatchObject({ anew: ['opacities'] });
    expect(opacities(300).opacities).toBeAllClose([0.01, 0.01, 0.01], { rtol: 1e-5 });
    expect(opacities(400).anew).toBeUndefined();
  });

  it('is followed by the removal of what is too large', () => {
    const sources = (step: number) =>
      densified(create({ resetEveryShare: 0.2, maxSize: 0.09 }), step, fourSplats(), [0, 0, 0, 0])!.rows.map(
        ({ source }) => source,
      );
    expect(sources(300)).toEqual([0, 1, 3]);
    expect(sources(400)).toEqual([0, 3]);
  });
});
