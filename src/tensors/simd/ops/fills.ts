/** Tensors of one value on `simd`: fill, zerosLike, onesLike. */
import { runElementwise } from '../../../kernels/elementwise.ts';
import type { KernelPool } from '../../../kernels/kernelPool.ts';
import * as tf from '../../tf.ts';
import type { SimdBackend } from '../simdBackend.ts';
import { simdKernel } from '../simdKernel.ts';
import { isWord } from './stridedCopy.ts';

/** Writes `value` into `count` elements of float32 or int32. */
export function fillWords(
  kernels: KernelPool,
  address: number,
  count: number,
  value: number,
  dtype: tf.DataType,
): void {
  const bits = dtype === 'int32' ? value : new Int32Array(Float32Array.of(value).buffer)[0]!;
  runElementwise(kernels, 'fillWords', count, [address, bits]);
}

function filled(backend: SimdBackend, shape: readonly number[], dtype: tf.DataType, value: number) {
  if (!isWord(dtype)) return undefined;
  const { info, address } = backend.output(shape, dtype);
  fillWords(backend.kernels, address, tf.util.sizeFromShape(info.shape), value, dtype);
  return info;
}

/** fill, zerosLike, onesLike. */
export function fillKernels(): tf.KernelConfig[] {
  return [
    simdKernel(tf.Fill, ({ attrs, backend }) => {
      const { shape, value } = attrs as { shape: number[]; value: number };
      if (typeof value !== 'number') return undefined;
      return filled(backend, shape, (attrs['dtype'] as tf.DataType) || tf.util.inferDtype(value), value);
    }),
    simdKernel(tf.ZerosLike, ({ inputs: { x }, backend }) => x && filled(backend, x.shape, x.dtype, 0)),
    simdKernel(tf.OnesLike, ({ inputs: { x }, backend }) => x && filled(backend, x.shape, x.dtype, 1)),
  ];
}
