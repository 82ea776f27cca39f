/** A matrix product as the backend `simd` computes it, without the tensors around it: so that several pools can be measured in turns. */
import type { KernelPool } from '../../src/kernels/kernelPool.ts';
import { runMatMul } from '../../src/tensors/simd/runMatMul.ts';

/** @returns work that multiplies two matrices of `size` x `size` random numbers on all threads of the pool */
export function squareProduct(kernels: KernelPool, size: number): () => void {
  const matrix = () => kernels.allocate(4 * size * size);
  const random = () => {
    const address = matrix();
    const values = kernels.float32(address, size * size);
    for (let index = 0; index < values.length; index++) values[index] = Math.random();
    return { addresses: [address], rowStep: 4 * size, columnStep: 4 };
  };
  const [a, b, c] = [random(), random(), matrix()];
  const shape = { batches: 1, rows: size, columns: size, depth: size };
  return () => runMatMul(kernels, shape, a, b, c);
}
