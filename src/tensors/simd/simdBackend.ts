/** The tensor library's backend `simd`: the cpu backend with tensors in the kernels' shared memory. */
import { MathBackendCPU } from '@tensorflow/tfjs-backend-cpu';
import { EngineError } from '../../errors.ts';
import type { KernelPool } from '../../kernels/kernelPool.ts';
import type * as tf from '../tf.ts';

/** Values of one element type in the kernels' memory. */
export type KernelArray = Float32Array | Int32Array | Uint8Array;

/** A new tensor for a kernel to write: its content is whatever the memory held before. */
export interface KernelOutput {
  readonly info: tf.TensorInfo;
  readonly address: number;
}

/**
 * Holds the values of a tensor in one of three places:
 *
 * - a block of the kernels' memory that the backend owns: outputs of kernels, and what kernels have read (`addressOf` moves
 *   it there). It is given back when the tensor is disposed, so reading hands out copies.
 * - kernel memory that somebody else owns, put there by `tf.tensor(view)` (see sharedTensor.ts): used in place, read without
 *   a copy, never given back.
 * - an array of its own, as on the cpu backend, until a kernel wants it; strings and complex numbers stay there.
 *
 * Kernels of the cpu backend run on all three, because each is an array to them.
 */
export class SimdBackend extends MathBackendCPU {
  /** Address of the block that holds a tensor's values, if the backend owns it. */
  private readonly blocks = new WeakMap<object, number>();

  constructor(readonly kernels: KernelPool) {
    super();
  }

  /**
   * Makes a tensor in the kernels' memory; a kernel must write all of it.
   * @throws EngineError for a type that kernels have no form of (complex64, string), or when the memory is full
   */
  output(shape: readonly number[], dtype: tf.DataType): KernelOutput {
    const size = shape.reduce((product, length) => product * length, 1);
    const address = this.kernels.reserve(size * bytesPerElement(dtype));
    const info = super.makeTensorInfo([...shape], dtype, this.view(address, size, dtype));
    this.blocks.set(info.dataId, address);
    return { info, address };
  }

  /** Where a tensor's values lie in the kernels' memory; moves them there if they lie elsewhere. */
  addressOf(tensor: tf.TensorInfo): number {
    const data = this.data.get(tensor.dataId);
    const address = this.kernels.addressOf(data.values as KernelArray);
    if (address !== undefined) return address;
    if (data.dtype !== tensor.dtype || data.complexTensorInfos)
      throw new EngineError(
        `a ${tensor.dtype} tensor whose values are ${data.dtype} cannot be given to a kernel`,
      );
    const values = data.values as KernelArray;
    const block = this.kernels.reserve(values.length * bytesPerElement(data.dtype));
    const view = this.view(block, values.length, data.dtype);
    view.set(values);
    data.values = view;
    this.blocks.set(tensor.dataId, block);
    return block;
  }

  /** A tensor's values where they are, in the kernels' memory: writing changes the tensor; invalid once it is disposed. */
  valuesOf(tensor: tf.TensorInfo): KernelArray {
    this.addressOf(tensor);
    return this.data.get(tensor.dataId).values as KernelArray;
  }

  /** Values that the caller put into the kernels' memory stay where they are. */
  override write(values: tf.backend_util.BackendValues, _shape: number[], dtype: tf.DataType): object {
    const dataId = {};
    this.data.set(dataId, { values, dtype, refCount: 1 });
    return dataId;
  }

  /** What a cpu kernel returns may be a part of its input (a slice): such a part of kernel memory is copied out of it. */
  override makeTensorInfo(
    shape: number[],
    dtype: tf.DataType,
    values?: tf.backend_util.BackendValues | string[],
  ): tf.TensorInfo {
    const lent = ArrayBuffer.isView(values) && this.kernels.addressOf(values) !== undefined;
    return super.makeTensorInfo(shape, dtype, lent ? (values as KernelArray).slice() : values);
  }

  override readSync(dataId: object): tf.backend_util.BackendValues {
    const values = super.readSync(dataId);
    return this.blocks.has(dataId) ? (values as KernelArray).slice() : values;
  }

  override disposeData(dataId: object, force = false): boolean {
    const block = this.blocks.get(dataId);
    const gone = super.disposeData(dataId, force);
    if (gone && block !== undefined) {
      this.blocks.delete(dataId);
      this.kernels.release(block);
    }
    return gone;
  }

  /** Beside the library's own counts: bytes in the kernels' memory, parameters and scratch space included. */
  override memory() {
    const { usedBytes, peakBytes } = this.kernels.memoryUse;
    return { unreliable: false, reasons: [], numBytesInKernels: usedBytes, peakBytesInKernels: peakBytes };
  }

  private view(address: number, length: number, dtype: tf.DataType): KernelArray {
    if (dtype === 'bool') return this.kernels.uint8(address, length);
    return dtype === 'int32' ? this.kernels.int32(address, length) : this.kernels.float32(address, length);
  }
}

function bytesPerElement(dtype: tf.DataType): number {
  if (dtype === 'float32' || dtype === 'int32') return 4;
  if (dtype === 'bool') return 1;
  throw new EngineError(`kernels have no form of ${dtype} tensors`);
}
