/** Parts of tensors on `simd`: slice, strided slice, split, unpack, reverse. */
import * as tf from '../../tf.ts';
import type { SimdBackend } from '../simdBackend.ts';
import { simdKernel } from '../simdKernel.ts';
import { contiguousStrides } from './collapseAxes.ts';
import { isWord, maxCopyAxes, stridedCopy } from './stridedCopy.ts';

/** Which elements of each axis: begin, begin + step, ... (`count` of them). */
interface Part {
  readonly begin: readonly number[];
  readonly count: readonly number[];
  readonly step?: readonly number[];
}

/** slice, stridedSlice, split, unstack, reverse. */
export function sliceKernels(): tf.KernelConfig[] {
  return [sliceKernel, stridedSliceKernel, splitKernel, unpackKernel, reverseKernel];
}

/** @returns a copy of a part of `x` in the given shape, or undefined if it cannot be made here */
function takePart(
  backend: SimdBackend,
  x: tf.TensorInfo,
  { begin, count, step }: Part,
  shape: readonly number[] = count,
): tf.TensorInfo | undefined {
  if (!isWord(x.dtype) || x.shape.length > maxCopyAxes) return undefined;
  const source = contiguousStrides(x.shape);
  const target = contiguousStrides(count);
  const first = begin.reduce((sum, index, axis) => sum + index * source[axis]!, 0);
  const from = backend.addressOf(x);
  const { info, address } = backend.output(shape, x.dtype);
  if (count.includes(0)) return info;
  const axes = count.map((size, axis) => ({
    size,
    strides: [source[axis]! * (step?.[axis] ?? 1), target[axis]!],
  }));
  stridedCopy(backend.kernels, axes, from + first * 4, address);
  return info;
}

const sliceKernel = simdKernel(tf.Slice, ({ inputs: { x }, attrs, backend }) => {
  if (!x) return undefined;
  const [begin = [], count = []] = tf.slice_util.parseSliceParams(
    x as tf.Tensor,
    attrs['begin'] as number[],
    attrs['size'] as number[],
  );
  tf.slice_util.assertParamsValid(x, begin, count);
  return takePart(backend, x, { begin, count });
});

const stridedSliceKernel = simdKernel(tf.StridedSlice, ({ inputs: { x }, attrs, backend }) => {
  if (!x) return undefined;
  const number = (name: string) => attrs[name] as number;
  const list = (name: string) => attrs[name] as number[];
  const { begin, end, strides, finalShape } = tf.slice_util.sliceInfo(
    x.shape,
    list('begin'),
    list('end'),
    list('strides'),
    number('beginMask'),
    number('endMask'),
    number('ellipsisMask'),
    number('newAxisMask'),
    number('shrinkAxisMask'),
  );
  const count = begin.map((first, axis) => Math.max(0, Math.ceil((end[axis]! - first) / strides[axis]!)));
  return takePart(backend, x, { begin, count, step: strides }, finalShape);
});

/** Consecutive parts of `sizes` along an axis. */
function split(backend: SimdBackend, x: tf.TensorInfo, axis: number, sizes: readonly number[]) {
  let first = 0;
  return sizes.map((size) => {
    const begin = x.shape.map((_, other) => (other === axis ? first : 0));
    const count = x.shape.map((length, other) => (other === axis ? size : length));
    first += size;
    return takePart(backend, x, { begin, count }) as tf.TensorInfo;
  });
}

const splitKernel = simdKernel(tf.SplitV, ({ inputs: { x }, attrs, backend }) => {
  if (!x || !isWord(x.dtype) || x.shape.length > maxCopyAxes) return undefined;
  const axis = tf.util.parseAxisParam(attrs['axis'] as number, x.shape)[0] as number;
  const sizes = tf.backend_util.prepareSplitSize(x as tf.Tensor, attrs['numOrSizeSplits'] as number[], axis);
  return split(backend, x, axis, sizes);
});

const unpackKernel = simdKernel(tf.Unpack, ({ inputs: { value }, attrs, backend }) => {
  if (!value || !isWord(value.dtype) || value.shape.length > maxCopyAxes) return undefined;
  const rank = value.shape.length;
  const axis = ((attrs['axis'] as number) + rank) % rank;
  const shape = value.shape.filter((_, other) => other !== axis);
  const parts = split(backend, value, axis, new Array<number>(value.shape[axis] as number).fill(1));
  return parts.map((part) => ({ ...part, shape }));
});

const reverseKernel = simdKernel(tf.Reverse, ({ inputs: { x }, attrs, backend }) => {
  if (!x || x.shape.length === 0) return undefined;
  const reversed = tf.util.parseAxisParam(attrs['dims'] as number[], x.shape);
  const isReversed = x.shape.map((_, axis) => reversed.includes(axis));
  return takePart(backend, x, {
    begin: x.shape.map((size, axis) => (isReversed[axis] ? size - 1 : 0)),
    count: x.shape,
    step: isReversed.map((yes) => (yes ? -1 : 1)),
  });
});
