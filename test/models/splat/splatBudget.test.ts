/** Budgets that follow the data: numbers of splats, and what opacity costs. */
import { describe, expect, it } from 'vitest';
import { budgetedConfig, describeBudget, photosAlongside } from '../../../src/models/splat/splatBudget.ts';
import { splatSchema } from '../../../src/models/splat/splatSchema.ts';

const configOf = (more: object = {}) => splatSchema.parse({ horizonSteps: 3000, ...more });
const many = { photos: 100, pixels: 200_000, opaqueShare: 1, alongside: 25 };

describe('[MO4] budgetedConfig', () => {
  it('takes more splats for a longer horizon: twice as many for 64 times the steps', () => {
    expect(budgetedConfig(configOf(), many).maxSplats).toBe(24_000);
    expect(budgetedConfig(configOf({ horizonSteps: 192_000 }), many).maxSplats).toBe(48_000);
  });

  it('takes no more splats than half of what would have as many numbers as the photos', () => {
    // A splat of degree 2 has 14 + 24 numbers, a pixel 3.
    const few = { photos: 27, pixels: 10_000, opaqueShare: 0.925, alongside: 6 };
    expect(budgetedConfig(configOf(), few).maxSplats).toBe(9_900);
    expect(budgetedConfig(configOf({ harmonicsDegree: 0 }), few).maxSplats).toBe(24_000);
    expect(budgetedConfig(configOf(), { ...few, opaqueShare: 0.01 }).maxSplats).toBe(1_000);
  });

  it('makes opacity cost less the more photos look the same way', () => {
    const penaltyWith = (alongside: number) =>
      budgetedConfig(configOf(), { ...many, alongside }).opacityPenalty;
    expect(penaltyWith(5)).toBeCloseTo(0.01, 12);
    expect(penaltyWith(10)).toBeCloseTo(0.00125, 12);
    expect(penaltyWith(25)).toBeCloseTo(0.00008, 12);
    expect(penaltyWith(1)).toBe(0.03);
  });

  it('looks at as many pixels a step, whatever the size of the photos', () => {
    const stridesWith = (pixels: number, more: object = {}) => {
      const { rowStride, halfRowStride } = budgetedConfig(configOf(more), { ...many, pixels });
      return [rowStride, halfRowStride];
    };
    expect(stridesWith(270 * 480)).toEqual([6, 3]);
    expect(stridesWith(200 * 200)).toEqual([2, 1]);
    expect(stridesWith(96 * 96)).toEqual([1, 1]);
    expect(stridesWith(270 * 480, { pixelsPerStep: 33_000 })).toEqual([4, 2]);
    expect(stridesWith(8000 * 6000)).toEqual([64, 32]);
    expect(stridesWith(8000 * 6000, { rowStride: 7 })).toEqual([7, 4]);
  });

  it('leaves alone what is set by hand', () => {
    const config = configOf({ maxSplats: 7777, opacityPenalty: 0, rowStride: 5, halfRowStride: 1 });
    expect(budgetedConfig(config, many)).toEqual(config);
  });

  it('begins with no more splats than there are to be', () => {
    expect(budgetedConfig(configOf({ maxSplats: 777 }), many).start.points).toBe(777);
    const start = { points: 30_000 };
    expect(budgetedConfig(configOf({ start }), many).start.points).toBe(24_000);
  });

  it('is said in one line', () => {
    const counts = { photos: 13, pixels: 230_400, opaqueShare: 1, alongside: 12.2 };
    expect(describeBudget(budgetedConfig(configOf(), counts), counts)).toBe(
      '13 photos of 0.23 megapixels, 12 looking each way: up to 24,000 splats, 1 of 10 rows a step, opacity penalty 0.00069',
    );
  });
});

describe('photosAlongside', () => {
  const towards = (degrees: number) => {
    const angle = (degrees / 180) * Math.PI;
    return { r20: Math.cos(angle), r21: Math.sin(angle), r22: 0 };
  };

  it('counts the photos within 45 degrees of each, itself included', () => {
    // 0 sees 30; 30 sees 0 and 60; 60 sees 30; 180 is alone.
    expect(photosAlongside([0, 30, 60, 180].map(towards))).toBe(2);
    expect(photosAlongside(Array.from({ length: 12 }, (_, k) => towards(30 * k)))).toBe(3);
    expect(photosAlongside(Array.from({ length: 7 }, () => towards(11)))).toBeCloseTo(7, 12);
  });
});
