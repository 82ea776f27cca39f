import { describe, expect, it } from 'vitest';
import { Series } from '../../../src/studio/page/curves/series.ts';
import { Smoothed } from '../../../src/studio/page/curves/smoothed.ts';

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

function seriesOf(values: readonly number[]): Series {
  const series = new Series();
  for (const [index, value] of values.entries()) series.push(index, index, value);
  return series;
}
const smooth = (values: readonly number[], weight: number) => [
  ...new Smoothed(seriesOf(values), weight).read().ys.slice(0, values.length),
];

describe('smoothed', () => {
  it('leaves a constant as it is, from its first value on', () => {
    expect(smooth([4, 4, 4, 4], 0.9)).toBeAllClose([4, 4, 4, 4]);
  });

  it('weighs values by hand: 0.5 of each one before', () => {
    // 1; (0.5 * 1 + 2) / 1.5; (0.25 * 1 + 0.5 * 2 + 6) / 1.75
    expect(smooth([1, 2, 6], 0.5)).toBeAllClose([1, 2.5 / 1.5, 7.25 / 1.75]);
  });

  it('passes over what is no number', () => {
    expect(smooth([1, Number.NaN, 6], 0)).toEqual([1, 1, 6]);
    expect(smooth([Number.NaN, 2], 0.5)).toEqual([Number.NaN, 2]);
  });

  it('follows a series that grows, and one that went back, as one that was always so', () => {
    const values = Array.from({ length: 1000 }, (_, index) => Math.sin(index) + index / 100);
    const series = seriesOf(values.slice(0, 300));
    const smoothed = new Smoothed(series, 0.8);
    smoothed.read();
    for (let step = 300; step < 700; step++) series.push(step, step, -5);
    smoothed.read();
    for (let step = 300; step < 1000; step++) series.push(step, step, values[step]!);
    const { ys, extremes } = smoothed.read();
    const expected = smooth(values, 0.8);
    expect([...ys.slice(0, 1000)]).toEqual(expected);
    const inside = expected.slice(100, 901);
    const { least, greatest } = extremes.within(ys, 100, 901);
    expect([ys[least], ys[greatest]]).toEqual([Math.min(...inside), Math.max(...inside)]);
  });
});

describe('the extremes of a series', () => {
  it.each([
    [0, 1000],
    [1, 64],
    [63, 66],
    [64, 128],
    [130, 131],
    [5, 990],
  ])('are those of all values from %i to before %i, also after it went back', (begin, end) => {
    const values = Array.from({ length: 1000 }, (_, index) => ((index * 7919) % 1009) - 300);
    const series = seriesOf(values.map((value) => -2 * value));
    void series.extremes;
    for (const [step, value] of values.entries()) series.push(step, step, value);
    const { least, greatest } = series.extremes.within(series.values, begin, end);
    const inside = values.slice(begin, end);
    expect([values[least], values[greatest]]).toEqual([Math.min(...inside), Math.max(...inside)]);
  });
});
