/** Starts what computes, as the configuration asks. */
import os from 'node:os';
import { EngineError } from '../errors.ts';
import { createKernelPool } from '../kernels/createKernelPool.ts';
import type { Engine } from './engine.ts';
import { selectCpuBackend } from './selectCpuBackend.ts';

export interface EngineSettings {
  readonly engine: 'auto' | 'simd' | 'tensorflow';
  /** Default: as many as there are cores. */
  readonly threads?: number | undefined;
}

/**
 * @returns the engine; tensors of the library live on its backend from now on (one engine a process)
 * @throws EngineError when it cannot be started
 */
export async function createEngine(settings: EngineSettings): Promise<Engine> {
  if (settings.engine === 'tensorflow')
    throw new EngineError(
      'engine tensorflow is not available in this version; use engine=simd (or auto), which needs nothing but Node.js',
    );
  const threads = settings.threads ?? os.availableParallelism();
  await selectCpuBackend();
  const kernels = await createKernelPool({ threads });
  const level = kernels.relaxedSimd ? 'SIMD with fused multiply-add' : 'SIMD';
  return {
    name: 'simd',
    threads,
    kernels,
    description: `engine simd: WebAssembly ${level}, ${threads} ${threads === 1 ? 'thread' : 'threads'}`,
    dispose: () => kernels.dispose(),
  };
}
