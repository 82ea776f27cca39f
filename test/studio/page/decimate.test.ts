/** Decimated lines against all points: in every column of pixels the least and the greatest value are those of all points. */
import { describe, expect, it } from 'vitest';
import { decimate } from '../../../src/studio/page/curves/decimate.ts';

const length = 100_000;
const xs = Float64Array.from({ length }, (_, index) => index);
const ys = Float64Array.from({ length }, (_, index) => Math.sin(index / 700) + ((index * 7919) % 101) / 50);

describe('decimate', () => {
  it('keeps the extremes of every column, in order, with at most four points a column', () => {
    const columns = 300;
    const kept = decimate({ xs, ys, length }, 0, length, columns);
    expect(kept.length).toBeLessThanOrEqual(4 * columns + 2);
    expect(kept).toEqual([...new Set(kept)].sort((a, b) => a - b));
    const width = length / columns;
    for (const column of [0, 1, 150, 299]) {
      const inside = Array.from({ length }, (_, index) => index).filter(
        (index) => Math.floor(index / width) === column,
      );
      const chosen = kept.filter((index) => Math.floor(index / width) === column).map((index) => ys[index]!);
      const all = inside.map((index) => ys[index]!);
      expect(Math.min(...chosen)).toBe(Math.min(...all));
      expect(Math.max(...chosen)).toBe(Math.max(...all));
    }
  });

  it('takes the neighbours of the range, so that the line enters and leaves the picture', () => {
    expect(decimate({ xs: [0, 10, 20, 30, 40], ys: [1, 2, 3, 4, 5], length: 5 }, 12, 28, 100)).toEqual([
      1, 2, 3,
    ]);
  });

  it('finds an extreme beside values that are no numbers', () => {
    const values = Float64Array.from({ length: 100 }, () => 0);
    values[0] = Number.NaN;
    values[37] = 9;
    values[60] = -9;
    const steps = Float64Array.from({ length: 100 }, (_, index) => index);
    const kept = decimate({ xs: steps, ys: values, length: 100 }, 0, 100, 1);
    expect(kept).toContain(37);
    expect(kept).toContain(60);
  });

  it('has nothing to show of no points', () => {
    expect(decimate({ xs: [], ys: [], length: 0 }, 0, 1, 10)).toEqual([]);
  });
});
