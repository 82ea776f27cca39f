/** Kernel pools for tests: all compiled modules, several thread counts. */

import { createKernelPool } from '../../src/kernels/createKernelPool.ts';
import type { KernelPool } from '../../src/kernels/kernelPool.ts';
import type { KernelVariant } from '../../src/kernels/kernelVariants.ts';

/** Runs `body` with a pool and disposes it. */
export async function withKernels<T>(
  options: { readonly threads?: number; readonly variant?: KernelVariant },
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
