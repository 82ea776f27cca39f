/** {@link resampleEdges} for tensors. */
import * as tf from '../tensors/tf.ts';
import { type ResampleSettings, resampleEdges } from './resampleEdges.ts';

export type PdfSamplerSettings = Pick<ResampleSettings, 'numSamples' | 'histogramPadding'>;

/**
 * New bin edges whose density follows the weights. Deterministic: the quantiles lie in the middle of even steps, as in nerfstudio's
 * PDFSampler when it evaluates (without the original bins). It has no gradient.
 * @param weights [rays, samples] float32, >= 0
 * @param bins [rays, samples + 1] float32, ascending edges in the spacing coordinate
 * @returns [rays, numSamples + 1] float32; the caller disposes it
 */
export function pdfSampler(
  weights: tf.Tensor2D,
  bins: tf.Tensor2D,
  settings: PdfSamplerSettings,
): tf.Tensor2D {
  const [rays] = weights.shape;
  const edges = resampleEdges(weights.dataSync<'float32'>(), bins.dataSync<'float32'>(), rays, settings);
  return tf.tensor2d(edges, [rays, settings.numSamples + 1]);
}
