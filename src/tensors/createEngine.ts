/** Starts what computes, as the configuration asks. */
import os from 'node:os';
import { createKernelPool } from '../kernels/createKernelPool.ts';
import { kernelVariantInWords } from '../kernels/kernelVariants.ts';
import type { Engine } from './engine.ts';
import type { TensorMemory } from './fusedGroupOptimizer.ts';
import { createKernelEngine, type KernelEngine } from './kernelEngine.ts';
import { createGpuEngine, createTensorflowEngine } from './native/createTensorflowEngine.ts';
import { activateSimd } from './simd/registerSimd.ts';
import type { SimdBackend } from './simd/simdBackend.ts';
import { startAllCores } from './simd/startAllCores.ts';
import type * as tf from './tf.ts';

export interface EngineSettings {
  readonly engine: 'auto' | 'simd' | 'tensorflow';
  /** Default: as many as there are cores. */
  readonly threads?: number | undefined;
}

/**
 * @returns the engine, active: tensor operations run on it until another one is activated
 * @throws EngineError when it cannot be started; `auto` takes TensorFlow with a GPU, else simd, and says why
 */
export async function createEngine(settings: EngineSettings): Promise<Engine> {
  const threads = settings.threads ?? os.availableParallelism();
  if (settings.engine === 'tensorflow') return createTensorflowEngine(threads);
  if (settings.engine === 'simd') return createSimdEngine(threads, 'as asked for');
  const gpu = await createGpuEngine(threads);
  return 'reason' in gpu ? createSimdEngine(threads, `no GPU for TensorFlow: ${gpu.reason}`) : gpu;
}

async function createSimdEngine(threads: number, why: string): Promise<KernelEngine> {
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
