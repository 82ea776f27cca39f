/** Axes in another order, on `simd`. */
import { maxUnits } from '../../../kernels/workTicket.ts';
import * as tf from '../../tf.ts';
import { simdKernel } from '../simdKernel.ts';
import { collapseAxes, contiguousStrides, type WalkAxis } from './collapseAxes.ts';
import { isWord, maxCopyAxes, stridedCopy } from './stridedCopy.ts';

/** Rows of a matrix that one unit of work transposes. */
const unitRows = 1_024;
/** Smaller matrices of a batch are not worth a unit each. */
const minMatrixElements = 1_024;

/** transpose; batches of matrices in blocks, everything else element by element. */
export const transposeKernel = simdKernel(tf.Transpose, ({ inputs: { x }, attrs, backend }) => {
  if (!x || !isWord(x.dtype) || x.shape.length > maxCopyAxes) return undefined;
  const order = attrs['perm'] as number[];
  const shape = order.map((axis) => x.shape[axis] as number);
  const [source, target] = [contiguousStrides(x.shape), contiguousStrides(shape)];
  const axes = shape.map((size, axis) => ({ size, strides: [source[order[axis]!]!, target[axis]!] }));
  const from = backend.addressOf(x);
  const { info, address } = backend.output(shape, x.dtype);
  if (shape.includes(0)) return info;
  const joined = collapseAxes(axes);
  const matrices = asMatrices(joined);
  const units = matrices
    ? matrices.batch * Math.ceil(matrices.columns / 16) * Math.ceil(matrices.rows / unitRows)
    : 0;
  if (matrices && units <= maxUnits)
    backend.kernels.run('transposeMatrices', units, unitRows, matrices.rows, matrices.columns, from, address);
  else stridedCopy(backend.kernels, joined, from, address);
  return info;
});

/** The walk as [batch, columns, rows] of matrices that were [batch, rows, columns], unless they are small or something else. */
function asMatrices(axes: readonly WalkAxis[]) {
  const [columns, rows] = axes.slice(-2);
  const batch = axes.length === 3 ? axes[0]! : { size: 1, strides: [0, 0] };
  if (!columns || !rows || axes.length > 3) return undefined;
  if (columns.strides[0] !== 1 || rows.strides[0] !== columns.size) return undefined;
  const elements = rows.size * columns.size;
  if (batch.size > 1 && (batch.strides[0] !== elements || elements < minMatrixElements)) return undefined;
  return { batch: batch.size, columns: columns.size, rows: rows.size };
}
