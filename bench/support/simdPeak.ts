/** The most arithmetic that the kernels could do on this machine just now: multiply-adds in registers, on the same threads. */
import type { KernelPool } from '../../src/kernels/kernelPool.ts';

/** Enough units that a thread which is held up leaves its share to the others, as with any kernel. */
const units = 64;
const resultBytes = 256;

/**
 * @param operations as many as the work that it is compared with does, so that both are disturbed alike
 * @returns work that does them on all threads of the pool, and no memory traffic
 */
export function simdPeak(kernels: KernelPool, operations: number): () => void {
  const rounds = Math.max(1, Math.round(operations / kernels.call('peakOperationsPerRound') / units));
  const results = kernels.allocate(resultBytes * units);
  return () => kernels.run('multiplyAddPeak', units, rounds, results, 0.999, 0.001);
}
