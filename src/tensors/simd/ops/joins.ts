/** Tensors put together on `simd`: concat, stack, pad, tile. */
import { runElementwise } from '../../../kernels/elementwise.ts';
import * as tf from '../../tf.ts';
import type { SimdBackend } from '../simdBackend.ts';
import { simdKernel } from '../simdKernel.ts';
import { contiguousStrides } from './collapseAxes.ts';
import { fillWords } from './fills.ts';
import { isWord, maxCopyAxes, stridedCopy } from './stridedCopy.ts';

/** concat, stack, pad, tile, addN. */
export function joinKernels(): tf.KernelConfig[] {
  return [concatKernel, packKernel, padKernel, tileKernel, addNKernel];
}

/** The library passes lists of tensors as objects with numbered keys. */
function listOf(inputs: Readonly<Record<string, tf.TensorInfo | undefined>>): tf.TensorInfo[] {
  return Object.values(inputs) as tf.TensorInfo[];
}

/** Rows of `widths` elements side by side: out [rows, sum of widths]. */
function sideBySide(backend: SimdBackend, parts: readonly tf.TensorInfo[], rows: number, shape: number[]) {
  const widths = parts.map((part) => tf.util.sizeFromShape(part.shape) / rows);
  const width = widths.reduce((sum, value) => sum + value, 0);
  const sources = parts.map((part) => backend.addressOf(part));
  const { info, address } = backend.output(shape, (parts[0] as tf.TensorInfo).dtype);
  let column = 0;
  for (const [index, source] of sources.entries()) {
    const size = widths[index] as number;
    const axes = [
      { size: rows, strides: [size, width] },
      { size, strides: [1, 1] },
    ];
    stridedCopy(backend.kernels, axes, source, address + column * 4);
    column += size;
  }
  return info;
}

const concatKernel = simdKernel(tf.Concat, ({ inputs, attrs, backend }) => {
  const all = listOf(inputs);
  const [first] = all;
  if (!first || !isWord(first.dtype) || all.some(({ dtype }) => dtype !== first.dtype)) return undefined;
  const axis = tf.util.parseAxisParam(attrs['axis'] as number, first.shape)[0] as number;
  const shapes = all.map(({ shape }) => shape);
  tf.backend_util.assertParamsConsistent(shapes, axis);
  const shape = tf.backend_util.computeOutShape(shapes, axis);
  const parts = all.filter((part) => tf.util.sizeFromShape(part.shape) > 0);
  if (parts.length < 2) return undefined;
  return sideBySide(backend, parts, tf.util.sizeFromShape(shape.slice(0, axis)), shape);
});

const packKernel = simdKernel(tf.Pack, ({ inputs, attrs, backend }) => {
  const parts = listOf(inputs);
  const [first] = parts;
  if (!first || !isWord(first.dtype) || tf.util.sizeFromShape(first.shape) === 0) return undefined;
  for (const { shape, dtype } of parts) {
    tf.util.assertShapesMatch(first.shape, shape, 'All tensors passed to stack must have matching shapes');
    if (dtype !== first.dtype) return undefined;
  }
  const rank = first.shape.length + 1;
  const axis = ((attrs['axis'] as number) + rank) % rank;
  const shape = [...first.shape.slice(0, axis), parts.length, ...first.shape.slice(axis)];
  return sideBySide(backend, parts, tf.util.sizeFromShape(shape.slice(0, axis)), shape);
});

const padKernel = simdKernel(tf.PadV2, ({ inputs: { x }, attrs, backend }) => {
  const size = x ? tf.util.sizeFromShape(x.shape) : 0;
  if (!x || !isWord(x.dtype) || size === 0 || x.shape.length > maxCopyAxes) return undefined;
  const paddings = attrs['paddings'] as [number, number][];
  const shape = x.shape.map((length, axis) => length + paddings[axis]![0] + paddings[axis]![1]);
  const [source, target] = [contiguousStrides(x.shape), contiguousStrides(shape)];
  const from = backend.addressOf(x);
  const { info, address } = backend.output(shape, x.dtype);
  fillWords(
    backend.kernels,
    address,
    tf.util.sizeFromShape(shape),
    attrs['constantValue'] as number,
    x.dtype,
  );
  const first = paddings.reduce((sum, [before], axis) => sum + before * target[axis]!, 0);
  const axes = x.shape.map((length, axis) => ({ size: length, strides: [source[axis]!, target[axis]!] }));
  stridedCopy(backend.kernels, axes, from, address + first * 4);
  return info;
});

const tileKernel = simdKernel(tf.Tile, ({ inputs: { x }, attrs, backend }) => {
  const reps = attrs['reps'] as number[];
  if (!x || !isWord(x.dtype) || reps.length !== x.shape.length) return undefined;
  const shape = x.shape.map((size, axis) => size * reps[axis]!);
  const [source, target] = [contiguousStrides(x.shape), contiguousStrides(shape)];
  // An axis that is repeated becomes two: repetitions, which do not move in the source, and elements. Either may be 1.
  const axes = x.shape.flatMap((size, axis) => [
    { size: reps[axis]!, strides: [0, size * target[axis]!] },
    { size, strides: [source[axis]!, target[axis]!] },
  ]);
  if (tf.util.sizeFromShape(shape) === 0 || axes.filter(({ size }) => size > 1).length > maxCopyAxes)
    return undefined;
  const from = backend.addressOf(x);
  const { info, address } = backend.output(shape, x.dtype);
  stridedCopy(backend.kernels, axes, from, address);
  return info;
});

const addNKernel = simdKernel(tf.AddN, ({ inputs, backend }) => {
  const parts = listOf(inputs);
  const [first] = parts;
  if (!first || parts.length < 2 || parts.some(({ dtype }) => dtype !== 'float32')) return undefined;
  const size = tf.util.sizeFromShape(first.shape);
  const [start, ...rest] = parts.map((part) => backend.addressOf(part)) as [number, ...number[]];
  const { info, address } = backend.output(first.shape, 'float32');
  let sum = start;
  for (const next of rest) {
    runElementwise(backend.kernels, 'sumOf', size, [address, sum, next]);
    sum = address;
  }
  return info;
});
