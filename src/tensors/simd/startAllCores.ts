/** Kernels on every core: what the backend `simd` starts when nobody has started any. */
import os from 'node:os';
import { createKernelPool } from '../../kernels/createKernelPool.ts';
import type { KernelPool } from '../../kernels/kernelPool.ts';

/** @throws EngineError when the kernels cannot be loaded */
export function startAllCores(): Promise<KernelPool> {
  return createKernelPool({ threads: os.availableParallelism() });
}
