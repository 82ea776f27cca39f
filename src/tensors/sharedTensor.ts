/** Tensors in the kernels' shared memory: kernels read and write them in place, the tensor library sees them as its own. */
import type { KernelPool } from '../kernels/kernelPool.ts';
import type { Parameter } from '../pipeline/pipeline.ts';
import * as tf from './tf.ts';

/** A float32 tensor and where it lies. */
export interface SharedTensor<T extends tf.Tensor = tf.Tensor> {
  readonly tensor: T;
  readonly address: number;
  readonly data: Float32Array;
  dispose(): void;
}

/** @returns zeros of `shape`; alive until disposed */
export function sharedTensor(kernels: KernelPool, shape: readonly number[]): SharedTensor {
  const length = shape.reduce((product, size) => product * size, 1);
  const address = kernels.allocate(Math.max(1, length) * 4);
  const data = kernels.float32(address, length);
  const tensor = tf.keep(tf.tensor(data, [...shape], 'float32'));
  return {
    tensor,
    address,
    data,
    dispose() {
      tensor.dispose();
      kernels.release(address);
    },
  };
}

/** A parameter of a model that is written in tensor operations. */
export interface TensorParameter extends Parameter {
  readonly variable: tf.Variable;
}

/** A parameter in shared memory, with its gradient's buffer beside it. */
export interface SharedParameter extends TensorParameter {
  readonly address: number;
  readonly data: Float32Array;
  readonly gradient: SharedTensor;
  dispose(): void;
}

/** @param fill writes the initial values */
export function sharedParameter(
  kernels: KernelPool,
  name: string,
  shape: readonly number[],
  fill: (data: Float32Array) => void,
): SharedParameter {
  const value = sharedTensor(kernels, shape);
  fill(value.data);
  const variable = tf.variable(value.tensor, true);
  const gradient = sharedTensor(kernels, shape);
  return {
    name,
    variable,
    address: value.address,
    data: value.data,
    gradient,
    dispose() {
      variable.dispose();
      value.dispose();
      gradient.dispose();
    },
  };
}
