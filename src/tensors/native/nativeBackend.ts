/** The tensor library's backend `tensorflow` as its kernels see it: any operation of TensorFlow's library can be called by name. */
import type * as tf from '../tf.ts';

/** Number of a tensor in the binding. */
export type NativeTensor = number;

export interface NativeAttribute {
  readonly name: string;
  readonly type: number;
  readonly value: number | boolean;
}

/** What an operation returned. */
export interface NativeOutput {
  readonly id: NativeTensor;
  readonly shape: number[];
  readonly dtype: number;
}

export interface NativeBackend {
  readonly binding: {
    readonly TF_Version: string;
    readonly TF_ATTR_INT: number;
    readonly TF_ATTR_BOOL: number;
    readonly TF_ATTR_TYPE: number;
    readonly TF_FLOAT: number;
    readonly TF_INT32: number;
    readonly TF_INT64: number;
    readonly TF_BOOL: number;
    /** Shares the array's memory; an int64 takes two elements of an Int32Array, the low word first. */
    createTensor(shape: readonly number[], dtype: number, values: Float32Array | Int32Array): NativeTensor;
    deleteTensor(tensor: NativeTensor): void;
    /** Tensors that the library holds. */
    getNumOfTensors(): number;
    executeOp(
      name: string,
      attributes: readonly NativeAttribute[],
      inputs: readonly NativeTensor[],
      outputs: number,
    ): NativeOutput[];
  };
  readonly isUsingGpuDevice: boolean;
  executeSingleOutput(
    name: string,
    attributes: readonly NativeAttribute[],
    inputs: readonly tf.TensorInfo[],
  ): tf.TensorInfo;
  getInputTensorIds(tensors: readonly tf.TensorInfo[]): NativeTensor[];
  createOutputTensor(output: NativeOutput): tf.Tensor;
  readSync(dataId: object): Float32Array | Int32Array | Uint8Array;
}

/** The backend that a kernel is called with. */
export function nativeBackendOf(backend: unknown): NativeBackend {
  return backend as NativeBackend;
}

/** The attribute that names a tensor's type. @throws Error for types other than float32, int32 and bool */
export function typeAttribute({ binding }: NativeBackend, name: string, dtype: string): NativeAttribute {
  const types: Record<string, number> = {
    float32: binding.TF_FLOAT,
    int32: binding.TF_INT32,
    bool: binding.TF_BOOL,
  };
  const value = types[dtype];
  if (value === undefined) throw new Error(`tensors of type ${dtype} are not supported here`);
  return { name, type: binding.TF_ATTR_TYPE, value };
}
