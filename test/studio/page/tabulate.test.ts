/** Tables of lines: what each row holds, and where it stands. */
import { describe, expect, it } from 'vitest';
import type { Line } from '../../../src/studio/page/curves/decimate.ts';
import { tabulate } from '../../../src/studio/page/curves/tabulate.ts';

const line = (points: readonly (readonly [number, number])[]): Line => ({
  xs: points.map(([x]) => x),
  ys: points.map(([, y]) => y),
  length: points.length,
});
const dense = (length: number, at: (x: number) => number): Line =>
  line(Array.from({ length }, (_, x) => [x, at(x)] as const));

describe('a table of lines', () => {
  it('has few points where they are, of all lines in one order', () => {
    const table = tabulate(
      [
        line([
          [0, 5],
          [4, 6],
        ]),
        line([[2, 7]]),
      ],
      0,
      4,
      100,
    );
    expect(table).toEqual([
      [0, 2, 4],
      [5, undefined, 6],
      [undefined, 7, undefined],
    ]);
    expect(tabulate([], 0, 1, 100)).toEqual([[]]);
  });

  it('of lines with more points than pixels: the extremes of each column, less than a pixel from their places', () => {
    const columns = 50;
    const width = 10_000 / columns;
    const lines = [
      dense(10_000, (x) => Math.sin(x / 300) + ((x * 7919) % 101) / 50),
      dense(10_000, (x) => -x),
    ];
    const [xs, ...rows] = tabulate(lines, 0, 10_000, columns) as unknown as [
      number[],
      ...(number | null)[][],
    ];
    expect(xs.length).toBe(4 * columns + 2);
    for (const [index, values] of rows.entries())
      for (const column of [0, 7, 49]) {
        const all = [...(lines[index]!.ys as number[])].filter((_, x) => Math.floor(x / width) === column);
        const shown = values.filter(
          (value, row): value is number => Math.floor(xs[row]! / width) === column && value !== null,
        );
        expect(Math.min(...shown)).toBe(Math.min(...all));
        expect(Math.max(...shown)).toBe(Math.max(...all));
      }
  });

  it('a line of few points beside one of many keeps its values near their places, and enters and leaves the picture on its way', () => {
    const few = line([
      [-1000, 0],
      [2500, 3500],
      [7500, 1000],
      [11_000, 8000],
    ]);
    const [xs, , values] = tabulate([dense(10_001, (x) => x), few], 0, 10_000, 50) as unknown as [
      number[],
      number[],
      (number | null)[],
    ];
    const shown = xs.flatMap((x, row) => (values[row] === null ? [] : [[x, values[row]!] as const]));
    expect(shown.map(([, y]) => y)).toBeAllClose([1000, 3500, 1000, 6000]);
    for (const [index, place] of [0, 2500, 7500, 10_000].entries())
      expect(Math.abs(shown[index]![0] - place)).toBeLessThan(200);
  });
});
