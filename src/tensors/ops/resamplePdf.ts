/** New samples where the last ones had weight, as an operation. */
import { EngineError } from '../../errors.ts';
import { type PdfSamplerSettings, pdfSampler } from '../../samplers/pdfSampler.ts';
import { simdKernel } from '../simd/simdKernel.ts';
import * as tf from '../tf.ts';
import { hasKernel, runKernelOp } from './kernelOp.ts';

/** Rays of a work unit; as in src/kernels/assembly/opsResample.ts. */
const unitRays = 64;

/**
 * Bin edges whose density follows the weights (inverse transform sampling; Mildenhall et al. 2020, section 5.2), at fixed
 * quantiles as in nerfstudio's PDFSampler when it evaluates. Weights and bins are taken as constant: the gradient is zero.
 * @param weights [rays, samples] float32, >= 0
 * @param bins [rays, samples + 1] float32, ascending edges
 * @returns [rays, numSamples + 1] float32, ascending; the caller disposes it
 * @throws EngineError for shapes that do not fit
 */
export function resamplePdf(
  weights: tf.Tensor2D,
  bins: tf.Tensor2D,
  settings: PdfSamplerSettings,
): tf.Tensor2D {
  const [rays, samples] = weights.shape;
  if (samples < 1 || bins.shape[0] !== rays || bins.shape[1] !== samples + 1)
    throw new EngineError(
      `resamplePdf: for weights of [${weights.shape}], bins must be [${rays}, ${samples + 1}], not [${bins.shape}]`,
    );
  if (!hasKernel('ResamplePdf')) return pdfSampler(weights, bins, settings);
  return runKernelOp('ResamplePdf', { weights, bins }, { ...settings }, gradient)[0] as tf.Tensor2D;
}

const gradient: Omit<tf.GradConfig, 'kernelName'> = {
  inputsToSave: ['weights', 'bins'],
  gradFunc: (_dy, [weights, bins]) => ({
    weights: () => tf.zerosLike(weights!),
    bins: () => tf.zerosLike(bins!),
  }),
};

/** The kernel, for the backend's list. */
export function resamplePdfKernels(): readonly tf.KernelConfig[] {
  return [
    simdKernel('ResamplePdf', ({ inputs, attrs, backend }) => {
      const [rays, samples] = inputs['weights']!.shape as [number, number];
      const count = (attrs['numSamples'] as number) + 1;
      const { info, address } = backend.output([rays, count], 'float32');
      backend.kernels.run(
        'opResample',
        Math.ceil(rays / unitRays),
        rays,
        samples,
        count,
        attrs['histogramPadding'] as number,
        backend.addressOf(inputs['weights']!),
        backend.addressOf(inputs['bins']!),
        address,
      );
      return info;
    }),
  ];
}
