/** How an operation of the backend `simd` is written: a function that may leave what it does not handle to the cpu backend. */
import * as tf from '../tf.ts';
import type { SimdBackend } from './simdBackend.ts';

/** Inputs by name, as the tensor library passes them; one that is missing is undefined. */
export interface SimdCall {
  readonly inputs: Readonly<Record<string, tf.TensorInfo | undefined>>;
  /** What the operation's attributes hold: `{ transposeA, transposeB }`, ... */
  readonly attrs: tf.NamedAttrMap;
  readonly backend: SimdBackend;
}

/**
 * @param kernelName the library's name of the operation, for example `tf.BatchMatMul`
 * @param compute returns the output or outputs, usually made by `backend.output`; undefined hands the call to the kernel
 *   of the cpu backend (types, shapes or attributes that ours does not do)
 *
 * @example
 * export const neg = simdKernel(tf.Neg, ({ inputs: { x }, backend }) => {
 *   if (x?.dtype !== 'float32') return undefined;
 *   const { info, address } = backend.output(x.shape, 'float32');
 *   runElementwise(backend.kernels, 'scaleInto', tf.util.sizeFromShape(x.shape), [address, backend.addressOf(x), -1]);
 *   return info;
 * });
 */
export function simdKernel(
  kernelName: string,
  compute: (call: SimdCall) => tf.TensorInfo | tf.TensorInfo[] | undefined,
): tf.KernelConfig {
  return {
    kernelName,
    backendName: 'simd',
    kernelFunc: ({ inputs, attrs, backend }) => {
      const call = { inputs, attrs: attrs ?? {}, backend: backend as SimdBackend };
      return compute(call) ?? cpuKernel(kernelName, call);
    },
  };
}

/** Runs the kernel that the cpu backend has for an operation, on this backend's tensors. */
function cpuKernel(
  kernelName: string,
  { inputs, attrs, backend }: SimdCall,
): tf.TensorInfo | tf.TensorInfo[] {
  const { kernelFunc } = tf.getKernel(kernelName, 'cpu');
  return kernelFunc({ inputs: inputs as tf.NamedTensorInfoMap, attrs, backend });
}

/** Runs whatever kernel is registered for an operation on `simd`: for operations made of others. */
export function runOnSimd(
  kernelName: string,
  backend: SimdBackend,
  inputs: tf.NamedTensorInfoMap,
  attrs: tf.NamedAttrMap = {},
): tf.TensorInfo {
  return tf.getKernel(kernelName, 'simd').kernelFunc({ inputs, attrs, backend }) as tf.TensorInfo;
}
