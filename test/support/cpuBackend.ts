/** Engines for tests, on tfjs's cpu backend: the reference, and kernels over tensors in their memory. */

import type { KernelPool } from '../../src/kernels/kernelPool.ts';
import { referenceGroupOptimizer } from '../../src/optimizers/referenceGroupOptimizer.ts';
import type { Transform } from '../../src/optimizers/transform.ts';
import { fusedGroupOptimizer } from '../../src/tensors/fusedGroupOptimizer.ts';
import { createKernelEngine, type KernelEngine } from '../../src/tensors/kernelEngine.ts';
import { createCpuEngine, selectCpuBackend } from '../../src/tensors/selectCpuBackend.ts';
import { createTensorEngine, type TensorEngine } from '../../src/tensors/tensorEngine.ts';
import type * as tf from '../../src/tensors/tf.ts';

export { createCpuEngine as cpuEngine, selectCpuBackend };

const settings = { name: 'cpu', backendName: 'cpu', threads: 1, description: 'engine cpu: plain tfjs' };

/** The reference engine, for tests that have selected the cpu backend. */
export const onTensors: TensorEngine = createTensorEngine(settings);

/** Kernels beside the cpu backend, which shows where tensors lie. Without kernels: the reference engine. */
export function engineOn(kernels: KernelPool | undefined): TensorEngine | KernelEngine {
  if (!kernels) return onTensors;
  return createKernelEngine(kernels, { live: valuesOf, own: valuesOf }, settings);
}

/** As {@link engineOn}, with a transform of one's own as every group's optimizer. */
export function engineWith(make: () => Transform, kernels: KernelPool | undefined): TensorEngine {
  const engine = engineOn(kernels);
  return {
    ...engine,
    groupOptimizer: (parameters) =>
      kernels
        ? fusedGroupOptimizer(make(), parameters, kernels, { live: valuesOf, own: valuesOf })
        : referenceGroupOptimizer(make(), parameters),
  };
}

/** The plain backend shows where tensors lie, kernel memory included. */
function valuesOf(tensor: tf.Tensor): Float32Array {
  return tensor.dataSync<'float32'>();
}
