/** Starts what computes, as the configuration asks. */
import os from 'node:os';
import { createKernelPool } from '../kernels/createKernelPool.ts';
import { kernelVariantInWords } from '../kernels/kernelVariants.ts';
import type { Engine } from './engine.ts';
import { createGpuEngine, createTensorflowEngine } from './native/createTensorflowEngine.ts';
import { activateSimd } from './simd/registerSimd.ts';
import { startAllCores } from './simd/startAllCores.ts';

export interface EngineSettings {
  readonly engine: 'auto' | 'simd' | 'tensorflow';
  /** Default: as many as there are cores. */
  readonly threads?: number | undefined;
}

/**
 * @returns the engine; tensors of the library live on its backend from now on (one engine a process)
 * @throws EngineError when it cannot be started; `auto` takes TensorFlow with a GPU, else simd, and says why
 */
export async function createEngine(settings: EngineSettings): Promise<Engine> {
  const threads = settings.threads ?? os.availableParallelism();
  if (settings.engine === 'tensorflow') return createTensorflowEngine(threads);
  if (settings.engine === 'simd') return createSimdEngine(threads, 'as asked for');
  const gpu = await createGpuEngine(threads);
  return 'reason' in gpu ? createSimdEngine(threads, `no GPU for TensorFlow: ${gpu.reason}`) : gpu;
}

async function createSimdEngine(threads: number, why: string): Promise<Engine> {
  // The whole library, because its core alone has no gradients.
  await import('@tensorflow/tfjs');
  const kernels = await createKernelPool({ threads });
  const deactivate = await activateSimd(kernels, startAllCores);
  return {
    name: 'simd',
    threads,
    kernels,
    description: `engine simd: WebAssembly ${kernelVariantInWords[kernels.variant]}, ${threads} ${threads === 1 ? 'thread' : 'threads'} (${why})`,
    dispose() {
      deactivate();
      kernels.dispose();
    },
  };
}
