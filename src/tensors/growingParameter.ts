/** A parameter in shared memory whose rows come and go: memory for the most there may be, tensors over those there are. */
import type { KernelPool } from '../kernels/kernelPool.ts';
import type { TensorParameter } from './sharedTensor.ts';
import * as tf from './tf.ts';

export interface GrowingParameter extends TensorParameter {
  readonly address: number;
  readonly gradientAddress: number;
  /** [rows, ...] of the rows there are; another tensor after {@link resize}. */
  readonly gradient: tf.Tensor;
  /** [rows * row size] values and, behind them, room for more rows. */
  readonly data: Float32Array;
  /** Numbers in a row. */
  readonly rowSize: number;
  /** Rows keep their places and values; new ones hold whatever lies there. */
  resize(rows: number): void;
  dispose(): void;
}

/** Kernels may read and write this much behind the last row. */
const paddingBytes = 1024;

/** @param capacity most rows */
export function growingParameter(
  kernels: KernelPool,
  name: string,
  capacity: number,
  rowShape: readonly number[],
): GrowingParameter {
  const rowSize = rowShape.reduce((product, length) => product * length, 1);
  const bytes = capacity * rowSize * 4 + paddingBytes;
  const address = kernels.allocate(bytes);
  const gradientAddress = kernels.allocate(bytes);
  const tensorsOf = (rows: number) => {
    const shape = [rows, ...rowShape];
    const at = (place: number) => tf.tensor(kernels.float32(place, rows * rowSize), shape, 'float32');
    const values = at(address);
    const variable = tf.variable(values, true);
    values.dispose();
    return { variable, gradient: tf.keep(at(gradientAddress)) };
  };
  let tensors = tensorsOf(0);
  /** The gradient before the latest change: leases of it last until the step's emission has returned, and a commit comes before that. */
  let retired: tf.Tensor | undefined;
  const free = () => {
    retired?.dispose();
    retired = tensors.gradient;
    tensors.variable.dispose();
  };
  return {
    name,
    address,
    gradientAddress,
    rowSize,
    data: kernels.float32(address, capacity * rowSize),
    get variable() {
      return tensors.variable;
    },
    get gradient() {
      return tensors.gradient;
    },
    resize(rows) {
      if (rows > capacity) throw new RangeError(`${name}: ${rows} rows, and there is room for ${capacity}`);
      if (rows === tensors.variable.shape[0]) return;
      free();
      tensors = tensorsOf(rows);
    },
    dispose() {
      free();
      retired?.dispose();
      kernels.release(address);
      kernels.release(gradientAddress);
    },
  };
}
