/** Axes in another order, on `simd`. */
import * as tf from '../../tf.ts';
import { simdKernel } from '../simdKernel.ts';
import { collapseAxes, contiguousStrides } from './collapseAxes.ts';
import { isWord, maxCopyAxes, stridedCopy } from './stridedCopy.ts';

/** Rows of a matrix that one unit of work transposes. */
const unitRows = 1_024;

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
  const [columns, rows] = joined.slice(-2);
  const batch = joined.length === 3 ? joined[0] : { size: 1, strides: [0, 0] };
  const isMatrix = columns && rows && batch && columns.strides[0] === 1 && rows.strides[0] === columns.size;
  if (
    isMatrix &&
    (joined.length === 2 || (joined.length === 3 && batch.strides[0] === rows.size * columns.size))
  ) {
    const units = batch.size * Math.ceil(columns.size / 16) * Math.ceil(rows.size / unitRows);
    backend.kernels.run('transposeMatrices', units, unitRows, rows.size, columns.size, from, address);
  } else stridedCopy(backend.kernels, joined, from, address);
  return info;
});
