/** Copies of rows in another order. */

/** `out[row] = rows[sources[row]]`. @param out as many rows as `sources` has, in other memory than `rows` */
export function gatherRows(rows: Float32Array, sources: Int32Array, out: Float32Array): void {
  const rowSize = sources.length === 0 ? 0 : out.length / sources.length;
  for (let row = 0, to = 0; row < sources.length; row++)
    for (let k = sources[row]! * rowSize, end = k + rowSize; k < end; k++) out[to++] = rows[k]!;
}
