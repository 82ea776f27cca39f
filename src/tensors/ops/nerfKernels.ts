/** The kernels of this package's own operations, for the backend `simd`. */
import type * as tf from '../tf.ts';
import { compositeKernels } from './compositeKernels.ts';
import { hashGridKernels } from './hashGridKernels.ts';
import { marchRaysKernels } from './marchRaysKernel.ts';
import { mlpKernels } from './mlpKernels.ts';
import { rayDistortionKernels } from './rayDistortion.ts';
import { resamplePdfKernels } from './resamplePdf.ts';
import { sphericalHarmonicsKernels } from './sphericalHarmonics.ts';

/** @returns one for each operation in this folder, and their gradients */
export function nerfKernels(): readonly tf.KernelConfig[] {
  return [
    ...hashGridKernels(),
    ...mlpKernels(),
    ...sphericalHarmonicsKernels(),
    ...marchRaysKernels(),
    ...compositeKernels(),
    ...rayDistortionKernels(),
    ...resamplePdfKernels(),
  ];
}
