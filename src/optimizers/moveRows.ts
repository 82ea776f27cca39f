/** Rows of a parameter come and go while it is trained: how what is remembered of them follows. */

/** A group's rows after a commit, told by where each comes from. */
export interface RowMoves {
  /** Groups whose parameters, all with the rows as their first dimension, moved alike. */
  readonly groups: readonly string[];
  /** [rows] int32: the row whose memory the new row inherits (optimizer slots, averages, partial sums); -1: it begins anew. */
  readonly from: Int32Array;
}

/** What remembers something of every row of a group. */
export interface RowFollower {
  /** The group's parameters have their new rows already. @param from as in {@link RowMoves} */
  moveRows(group: string, from: Int32Array): void;
}

/**
 * `out[row] = before[from[row]]`, or the start for rows that begin anew.
 * @param before [rows before, rowSize]
 * @param out [from.length, rowSize], of other memory than `before`
 * @param start a number for all, or [from.length, rowSize] values
 */
export function moveRows(
  before: Float32Array,
  out: Float32Array,
  from: Int32Array,
  start: number | ArrayLike<number>,
): void {
  const rowSize = from.length > 0 ? out.length / from.length : 0;
  for (let row = 0, to = 0; row < from.length; row++) {
    const source = from[row]!;
    const end = to + rowSize;
    if (source >= 0) for (let k = source * rowSize; to < end; ) out[to++] = before[k++]!;
    else if (typeof start === 'number') while (to < end) out[to++] = start;
    else for (; to < end; to++) out[to] = start[to]!;
  }
}
