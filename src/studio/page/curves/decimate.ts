/** Fewer points that draw the same line: what a column of pixels shows of many points is their least and their greatest value. */
import { BlockExtremes } from './blockExtremes.ts';

/** Points of a line, by x from least to greatest. */
export interface Line {
  readonly xs: ArrayLike<number>;
  readonly ys: ArrayLike<number>;
  /** How many of them count. */
  readonly length: number;
  /** Of `ys`. Left out: each is looked at. */
  readonly extremes?: BlockExtremes;
}

/** Points that are kept of a column. */
export const keptInColumn = 4;

/**
 * Of the points from `from` to `to`, in each of `columns` equal parts: the first, the least, the greatest and the last, in order; and one point
 * before and one after, so that the line leaves the picture where it should. All of them where they are few.
 * @param columns at least 1; as many as the chart has pixels from left to right
 * @returns numbers of the points, ascending, each once
 */
export function decimate(line: Line, from: number, to: number, columns: number): number[] {
  const [begin, end] = pointsWithin(line, from, to);
  return end - begin <= keptInColumn * columns
    ? Array.from({ length: Math.max(0, end - begin) }, (_, k) => begin + k)
    : decimateColumns(line, from, to, columns);
}

/** The same, and never more than four points of a column, however few there are. */
export function decimateColumns(line: Line, from: number, to: number, columns: number): number[] {
  const { xs, ys, extremes = new BlockExtremes() } = line;
  const [begin, end] = pointsWithin(line, from, to);
  const kept: number[] = [];
  const width = (to - from) / columns;
  for (let point = begin; point < end; ) {
    const column = Math.floor((xs[point]! - from) / width);
    // One point at least, however the column's end is rounded.
    const after = Math.max(point + 1, firstAtLeast(xs, end, from + (column + 1) * width, point));
    const { least, greatest } = extremes.within(ys, point, after);
    for (const chosen of [point, Math.min(least, greatest), Math.max(least, greatest), after - 1])
      if (chosen !== kept.at(-1)) kept.push(chosen);
    point = after;
  }
  return kept;
}

/** From the last point before `from` to the first one after `to`. @returns the first, and the one after the last */
function pointsWithin({ xs, length }: Line, from: number, to: number): readonly [number, number] {
  return [
    Math.max(0, firstAtLeast(xs, length, from) - 1),
    Math.min(length, firstAtLeast(xs, length, to) + 1),
  ];
}

/** The first of `length` ascending numbers that is at least `value`; `length` if none is. @param begin those before it are less */
export function firstAtLeast(xs: ArrayLike<number>, length: number, value: number, begin = 0): number {
  let [low, high] = [begin, length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (xs[middle]! < value) low = middle + 1;
    else high = middle;
  }
  return low;
}
