/** Rows that come and go, of arrays in the kernels' memory. */
import { runElementwise } from './elementwise.ts';
import type { KernelPool } from './kernelPool.ts';

/**
 * `out[row] = before[from[row]]`, or the start for rows that begin anew, on all threads: `moveRows` of src/optimizers/moveRows.ts.
 * @param before address of rows of `rowSize` float32; `out` the same, elsewhere
 * @param from [rows of out] the row before, or -1
 */
export function moveRowsInMemory(
  kernels: KernelPool,
  before: number,
  out: number,
  from: Int32Array,
  rowSize: number,
  start = 0,
): void {
  const moves = kernels.reserve(Math.max(1, from.length) * 4);
  kernels.int32(moves, from.length).set(from);
  runElementwise(kernels, 'moveRows', from.length, [before, out, moves, rowSize, start]);
  kernels.release(moves);
}
