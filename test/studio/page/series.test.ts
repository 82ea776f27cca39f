import { describe, expect, it } from 'vitest';
import { Series } from '../../../src/studio/page/curves/series.ts';
import { smooth } from '../../../src/studio/page/curves/smooth.ts';

describe('a series of values', () => {
  it('keeps a thousand values in order', () => {
    const series = new Series();
    for (let step = 0; step < 1000; step++) series.push(step, 1e9 + step, step / 2);
    expect(series.length).toBe(1000);
    expect(series.steps[999]).toBe(999);
    expect(series.wallTimes[999]).toBe(1e9 + 999);
    expect(series.values[999]).toBe(499.5);
  });

  it('[SK4] forgets the values after the step that a run went back to', () => {
    const series = new Series();
    for (const step of [1, 2, 3, 4, 5]) series.push(step, step, step);
    series.push(3, 10, -3);
    expect([...series.steps.slice(0, series.length)]).toEqual([1, 2, 3]);
    expect(series.values[2]).toBe(-3);
  });
});

describe('smooth', () => {
  it('leaves a constant as it is, from its first value on', () => {
    expect([...smooth([4, 4, 4, 4], 4, 0.9)]).toBeAllClose([4, 4, 4, 4]);
  });

  it('weighs values by hand: 0.5 of each one before', () => {
    // 1; (0.5 * 1 + 2) / 1.5; (0.25 * 1 + 0.5 * 2 + 6) / 1.75
    expect([...smooth([1, 2, 6], 3, 0.5)]).toBeAllClose([1, 2.5 / 1.5, 7.25 / 1.75]);
  });

  it('passes over what is no number', () => {
    expect([...smooth([1, Number.NaN, 6], 3, 0)]).toEqual([1, 1, 6]);
    expect([...smooth([Number.NaN, 2], 2, 0.5)]).toEqual([Number.NaN, 2]);
  });
});
