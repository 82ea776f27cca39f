/** Operations in which the binding differs from the tensor library's other backends, registered anew for `tensorflow`. */
import * as tf from '../tf.ts';
import { hashGridKernels } from './hashGridKernels.ts';
import { nativeBackendOf, typeAttribute } from './nativeBackend.ts';

/** Idempotent; call it once the backend `tensorflow` is there. */
export function bridgeKernels(): void {
  for (const kernel of [gather, searchSorted, ...hashGridKernels]) {
    if (tf.getKernel(kernel.kernelName, kernel.backendName))
      tf.unregisterKernel(kernel.kernelName, kernel.backendName);
    tf.registerKernel(kernel);
  }
}

/**
 * The binding's own gather reads all indices back and checks them one by one in JavaScript, which takes longer than the
 * gathering of a whole training step. The library checks them itself (on a GPU, an index out of range reads 0).
 */
const gather: tf.KernelConfig = {
  kernelName: 'GatherV2',
  backendName: 'tensorflow',
  kernelFunc({ inputs, attrs, backend }) {
    const native = nativeBackendOf(backend);
    const { x, indices } = inputs as { x: tf.TensorInfo; indices: tf.TensorInfo };
    const { axis, batchDims } = attrs as unknown as { axis: number; batchDims: number };
    const axisTensor = tf.scalar(axis, 'int32');
    const result = native.executeSingleOutput(
      'GatherV2',
      [
        { name: 'batch_dims', type: native.binding.TF_ATTR_INT, value: batchDims },
        typeAttribute(native, 'Tparams', x.dtype),
        typeAttribute(native, 'Tindices', indices.dtype),
        typeAttribute(native, 'Taxis', 'int32'),
      ],
      [x, indices, axisTensor],
    );
    axisTensor.dispose();
    return result;
  },
};

/** Missing in the binding: where values would stand in sorted rows, [rows, values] int32. */
const searchSorted: tf.KernelConfig = {
  kernelName: 'SearchSorted',
  backendName: 'tensorflow',
  kernelFunc({ inputs, attrs, backend }) {
    const native = nativeBackendOf(backend);
    const { sortedSequence, values } = inputs as { sortedSequence: tf.TensorInfo; values: tf.TensorInfo };
    const { side } = attrs as unknown as { side: 'left' | 'right' };
    return native.executeSingleOutput(
      side === 'left' ? 'LowerBound' : 'UpperBound',
      [typeAttribute(native, 'T', values.dtype), typeAttribute(native, 'out_type', 'int32')],
      [sortedSequence, values],
    );
  },
};
