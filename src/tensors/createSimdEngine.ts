/** The engine `simd`: kernels of this package compute, on tensors that lie in their memory. */
import { createKernelPool } from '../kernels/createKernelPool.ts';
import { kernelVariantInWords } from '../kernels/kernelVariants.ts';
import type { TensorMemory } from './fusedGroupOptimizer.ts';
import { createKernelEngine, type KernelEngine } from './kernelEngine.ts';
import { activateSimd } from './simd/registerSimd.ts';
import type { SimdBackend } from './simd/simdBackend.ts';
import { startAllCores } from './simd/startAllCores.ts';
import type * as tf from './tf.ts';

/** The caller disposes it. @param why it was chosen, for the log. @throws EngineError */
export async function createSimdEngine(threads: number, why: string): Promise<KernelEngine> {
  const kernels = await createKernelPool({ threads });
  const { backend, name, dispose } = await activateSimd(kernels, startAllCores);
  return createKernelEngine(kernels, memoryOf(backend), {
    name: 'simd',
    backendName: name,
    threads,
    description: `engine simd: WebAssembly ${kernelVariantInWords[kernels.variant]}, ${threads} ${threads === 1 ? 'thread' : 'threads'} (${why})`,
    dispose() {
      dispose();
      kernels.dispose();
    },
  });
}

function memoryOf(backend: SimdBackend): TensorMemory {
  const live = (tensor: tf.Tensor) => backend.valuesOf(tensor) as Float32Array;
  const isShared = (tensor: tf.Tensor) => backend.refCount(tensor.dataId) > 1;
  return {
    live,
    own: (tensor) => (isShared(tensor) ? Float32Array.from(tensor.dataSync<'float32'>()) : live(tensor)),
  };
}
