/** What computes: which tensor backend is active, and the kernels that go with it. */
import type { KernelPool } from '../kernels/kernelPool.ts';

export interface Engine {
  /** `simd`: kernels of this package; `tensorflow`: tfjs-node; `cpu`: plain tfjs, the reference. */
  readonly name: 'simd' | 'tensorflow' | 'cpu';
  readonly threads: number;
  /** Present on `simd`. */
  readonly kernels?: KernelPool;
  /** Where tensors lie elsewhere: kernels for what is the processor's work on any engine, such as marching rays. */
  readonly hostKernels?: KernelPool;
  /** One sentence for the log: what was chosen and why. */
  readonly description: string;
  dispose(): void;
}
