/** All operations of this folder. */
import type * as tf from '../../tf.ts';
import { binaryKernels } from './binary.ts';
import { fillKernels } from './fills.ts';
import { joinKernels } from './joins.ts';
import { maskKernels } from './masks.ts';
import { reductionKernels } from './reductions.ts';
import { rowKernels } from './rowsByNumber.ts';
import { scanKernels } from './scans.ts';
import { sliceKernels } from './slices.ts';
import { transposeKernel } from './transpose.ts';
import { unaryKernels } from './unary.ts';

/** @returns what `simd` computes itself, apart from matrix products and the operations of radiance fields */
export function opKernels(): tf.KernelConfig[] {
  return [
    ...unaryKernels(),
    ...binaryKernels(),
    ...maskKernels(),
    ...reductionKernels(),
    ...scanKernels(),
    ...sliceKernels(),
    ...joinKernels(),
    ...fillKernels(),
    ...rowKernels(),
    transposeKernel,
  ];
}
