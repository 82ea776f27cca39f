/** Lends a kernel a few integers that are too many for arguments. */
import type { KernelPool } from '../../../kernels/kernelPool.ts';

/** Calls `run` with the address of `words` in the kernels' memory; they are gone when it returns. */
export function withLayout(
  kernels: KernelPool,
  words: readonly number[],
  run: (address: number) => void,
): void {
  const address = kernels.reserve(words.length * 4);
  try {
    kernels.int32(address, words.length).set(words);
    run(address);
  } finally {
    kernels.release(address);
  }
}
