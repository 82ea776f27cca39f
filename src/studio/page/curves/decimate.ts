/** Fewer points that draw the same line: what a column of pixels shows of many points is their least and their greatest value. */

/** Points of a line, by x from least to greatest. */
export interface Line {
  readonly xs: ArrayLike<number>;
  readonly ys: ArrayLike<number>;
  /** How many of them count. */
  readonly length: number;
}

/**
 * Of the points from `from` to `to`, in each of `columns` equal parts: the first, the least, the greatest and the last, in order; and one point
 * before and one after, so that the line leaves the picture where it should. All of them where they are few.
 * @param columns at least 1; as many as the chart has pixels from left to right
 * @returns numbers of the points, ascending, each once
 */
export function decimate({ xs, ys, length }: Line, from: number, to: number, columns: number): number[] {
  const begin = Math.max(0, firstAtLeast(xs, length, from) - 1);
  const end = Math.min(length, firstAtLeast(xs, length, to) + 1);
  if (end - begin <= 4 * columns)
    return Array.from({ length: Math.max(0, end - begin) }, (_, k) => begin + k);
  const kept: number[] = [];
  const width = (to - from) / columns;
  const columnOf = (point: number) => Math.floor((xs[point]! - from) / width);
  for (let point = begin; point < end; ) {
    const column = columnOf(point);
    const first = point;
    let least = point;
    let greatest = point;
    for (; point < end && columnOf(point) === column; point++) {
      if (ys[point]! < ys[least]! || Number.isNaN(ys[least]!)) least = point;
      if (ys[point]! > ys[greatest]! || Number.isNaN(ys[greatest]!)) greatest = point;
    }
    for (const chosen of [first, Math.min(least, greatest), Math.max(least, greatest), point - 1])
      if (chosen !== kept.at(-1)) kept.push(chosen);
  }
  return kept;
}

/** The first of `length` ascending numbers that is at least `value`; `length` if none is. */
export function firstAtLeast(xs: ArrayLike<number>, length: number, value: number): number {
  let [low, high] = [0, length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (xs[middle]! < value) low = middle + 1;
    else high = middle;
  }
  return low;
}
