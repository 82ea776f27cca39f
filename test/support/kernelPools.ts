/** Kernel pools for tests: both module variants, several thread counts. */

import { createKernelPool } from '../../src/kernels/createKernelPool.ts';
import type { KernelPool } from '../../src/kernels/kernelPool.ts';

/** Runs `body` with a pool and disposes it. */
export async function withKernels<T>(
  options: { readonly threads?: number; readonly variant?: 'relaxed' | 'base' },
  body: (kernels: KernelPool) => T | Promise<T>,
): Promise<T> {
  const kernels = await createKernelPool({
    threads: options.threads ?? 2,
    variant: options.variant ?? 'auto',
  });
  try {
    return await body(kernels);
  } finally {
    kernels.dispose();
  }
}
