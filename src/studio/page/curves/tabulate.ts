/** Lines as the table that the chart draws: one column of x for all, as many rows as its pixels can show. */
import uPlot from 'uplot';
import { decimate, decimateColumns, keptInColumn, type Line } from './decimate.ts';

/**
 * Few points stand where they are. Where a line has more than the pixels can show, all lines get the same rows, so that a point may stand
 * less than a pixel from its place: bringing thousands of different x into one order would take longer than drawing them.
 * @param columns at least 1; as many as the chart has pixels from left to right
 */
export function tabulate(
  lines: readonly Line[],
  from: number,
  to: number,
  columns: number,
): uPlot.AlignedData {
  if (lines.length === 0) return [[]];
  const chosen = lines.map((line) => decimate(line, from, to, columns));
  if (lines.length > 1 && to > from && chosen.some((points) => points.length > columns)) {
    const rows = keptInColumn * columns;
    const xs = Array.from({ length: rows + 2 }, (_, row) => from + ((row - 0.5) / rows) * (to - from));
    return [xs, ...lines.map((line) => onRows(line, from, to, columns))];
  }
  return uPlot.join(
    lines.map(({ xs, ys }, index): uPlot.AlignedData => {
      const points = chosen[index]!;
      return [points.map((point) => xs[point]!), points.map((point) => ys[point]!)];
    }),
  );
}

/** The values of each column's points in its rows, in order; in the first and the last row, where the line enters and leaves the picture. */
function onRows(line: Line, from: number, to: number, columns: number): (number | null)[] {
  const values = new Array<number | null>(keptInColumn * columns + 2).fill(null);
  const points = decimateColumns(line, from, to, columns);
  let [column, rank] = [-1, 0];
  for (const [index, point] of points.entries()) {
    const x = line.xs[point]!;
    if (x < from) values[0] = between(line, point, points[index + 1], from);
    else if (x > to) values[values.length - 1] = between(line, point, points[index - 1], to);
    else {
      const own = Math.min(columns - 1, Math.floor(((x - from) / (to - from)) * columns));
      rank = own === column ? Math.min(keptInColumn - 1, rank + 1) : 0;
      column = own;
      const y = line.ys[point]!;
      values[1 + keptInColumn * column + rank] = Number.isNaN(y) ? null : y;
    }
  }
  return values;
}

/** Where the line through two points is at `x`; null without the other one, or a number. */
function between({ xs, ys }: Line, point: number, other: number | undefined, x: number): number | null {
  if (other === undefined) return null;
  const share = (x - xs[point]!) / (xs[other]! - xs[point]!);
  const value = ys[point]! + share * (ys[other]! - ys[point]!);
  return Number.isFinite(value) ? value : null;
}
