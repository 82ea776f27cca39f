/** The operations for which `simd` has kernels of its own. To add one: write its file (see simdKernel.ts) and list it here. */
import { nerfKernels } from '../ops/nerfKernels.ts';
import type * as tf from '../tf.ts';
import { cast } from './cast.ts';
import { fusedMatMul, matMul } from './matMul.ts';
import { opKernels } from './ops/opKernels.ts';

/** @returns all of them; what is not here is inherited from the cpu backend */
export function simdKernels(): readonly tf.KernelConfig[] {
  return [cast, matMul, fusedMatMul, ...opKernels(), ...nerfKernels()];
}
