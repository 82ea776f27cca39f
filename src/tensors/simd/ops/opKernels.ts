/** All operations of this folder. */
import type * as tf from '../../tf.ts';
import { binaryKernels } from './binary.ts';
import { unaryKernels } from './unary.ts';

/** @returns what `simd` computes itself, apart from matrix products */
export function opKernels(): tf.KernelConfig[] {
  return [...unaryKernels(), ...binaryKernels()];
}
