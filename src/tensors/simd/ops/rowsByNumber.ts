/** Rows that are read or added by their number, on `simd`: gather, scatterND, unsortedSegmentSum. */
import type { KernelPool } from '../../../kernels/kernelPool.ts';
import * as tf from '../../tf.ts';
import type { SimdBackend } from '../simdBackend.ts';
import { simdKernel } from '../simdKernel.ts';
import { isWord } from './stridedCopy.ts';

/** Elements that one unit of work copies; never depends on the threads. */
const unitElements = 16_384;
/** Most owners of a table: each looks at all row numbers. */
const maxOwners = 8;

/** gather, scatterND, unsortedSegmentSum. */
export function rowKernels(): tf.KernelConfig[] {
  return [gatherKernel, scatterKernel, segmentSumKernel];
}

const gatherKernel = simdKernel(tf.GatherV2, ({ inputs: { x, indices }, attrs, backend }) => {
  if (!x || !indices || !isWord(x.dtype) || indices.dtype !== 'int32') return undefined;
  const axis = tf.util.parseAxisParam(attrs['axis'] as number, x.shape)[0] as number;
  const { batchSize, outerSize, dimSize, sliceSize, outputShape } =
    tf.backend_util.segment_util.collectGatherOpShapeInfo(
      x as tf.Tensor,
      indices as tf.Tensor,
      axis,
      attrs['batchDims'] as number,
    );
  if (tf.util.sizeFromShape(outputShape) === 0) return undefined;
  const wrong = backend.valuesOf(indices).find((index) => index < 0 || index >= dimSize);
  tf.util.assert(
    wrong === undefined,
    () => `GatherV2: the index value ${wrong} is not in [0, ${dimSize - 1}]`,
  );
  const reads = tf.util.sizeFromShape(indices.shape) / batchSize;
  const [table, numbers] = [backend.addressOf(x), backend.addressOf(indices)];
  const { info, address } = backend.output(outputShape, x.dtype);
  const rows = batchSize * outerSize * reads;
  const piece = Math.max(1, Math.floor(unitElements / sliceSize));
  const sizes = [outerSize, dimSize, reads, sliceSize];
  backend.kernels.run('gatherRows', Math.ceil(rows / piece), piece, rows, address, table, numbers, ...sizes);
  return info;
});

/** out [rows, inner] = sums of the `count` rows of x by number. */
function scatterAdd(
  kernels: KernelPool,
  out: number,
  rows: number,
  inner: number,
  numbers: number,
  x: number,
  count: number,
): void {
  const owners = Math.min(maxOwners, Math.max(1, Math.ceil((count * inner) / unitElements)), rows);
  const piece = Math.ceil(rows / owners);
  kernels.run('scatterAddRows', Math.ceil(rows / piece), piece, rows, count, inner, numbers, x, out);
}

const segmentSumKernel = simdKernel(tf.UnsortedSegmentSum, ({ inputs, attrs, backend }) => {
  const { x, segmentIds } = inputs;
  if (x?.dtype !== 'float32' || segmentIds?.dtype !== 'int32') return undefined;
  const segments = attrs['numSegments'] as number;
  const rank = segmentIds.shape.length;
  const count = tf.util.sizeFromShape(segmentIds.shape);
  const inner = tf.util.sizeFromShape(x.shape.slice(rank));
  if (rank !== 1 || count * inner * segments === 0) return undefined;
  const [source, numbers] = [backend.addressOf(x), backend.addressOf(segmentIds)];
  const { info, address } = backend.output([segments, ...x.shape.slice(rank)], 'float32');
  scatterAdd(backend.kernels, address, segments, inner, numbers, source, count);
  return info;
});

const scatterKernel = simdKernel(tf.ScatterNd, ({ inputs: { indices, updates }, attrs, backend }) => {
  if (updates?.dtype !== 'float32' || indices?.dtype !== 'int32') return undefined;
  const shape = attrs['shape'] as number[];
  const { sliceRank, numUpdates, sliceSize, strides, outputSize } = tf.backend_util.calculateShapes(
    updates,
    indices,
    shape,
  );
  const rows = outputSize / sliceSize;
  if (numUpdates * sliceSize * outputSize === 0 || indices.shape.length === 0) return undefined;
  const numbers = flatRows(backend, indices, sliceRank, strides, numUpdates, rows);
  if (!numbers) return undefined;
  const source = backend.addressOf(updates);
  const { info, address } = backend.output(shape, 'float32');
  scatterAdd(backend.kernels, address, rows, sliceSize, numbers.address, source, numUpdates);
  numbers.release();
  return info;
});

/** Row numbers of index tuples; undefined if one lies outside: the cpu backend has the words for that. */
function flatRows(
  backend: SimdBackend,
  indices: tf.TensorInfo,
  depth: number,
  strides: readonly number[],
  count: number,
  rows: number,
): { readonly address: number; release(): void } | undefined {
  const tuples = backend.valuesOf(indices);
  const address = backend.kernels.reserve(count * 4);
  const release = () => backend.kernels.release(address);
  const numbers = backend.kernels.int32(address, count);
  for (let index = 0; index < count; index++) {
    let row = 0;
    for (let k = 0; k < depth; k++) row += tuples[index * depth + k]! * strides[k]!;
    if (row < 0 || row >= rows) {
      release();
      return undefined;
    }
    numbers[index] = row;
  }
  return { address, release };
}
