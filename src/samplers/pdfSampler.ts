/** Puts samples where the last ones had weight (inverse transform sampling; Mildenhall et al. 2020). */
import * as tf from '../tensors/tf.ts';

export interface PdfSamplerSettings {
  /** New samples a ray. */
  readonly numSamples: number;
  /** Added to every weight, so that no bin is left out for ever. nerfstudio: 0.01. */
  readonly histogramPadding: number;
}

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
  const [rays, samples] = weights.shape;
  const count = settings.numSamples + 1;
  const weightValues = weights.dataSync<'float32'>();
  const edges = bins.dataSync<'float32'>();
  const result = new Float32Array(rays * count);
  for (let ray = 0; ray < rays; ray++) {
    const cumulative = cumulativeShare(
      weightValues.subarray(ray * samples, (ray + 1) * samples),
      settings.histogramPadding,
    );
    let bin = 0;
    for (let index = 0; index < count; index++) {
      const quantile = (index + 0.5) / count;
      while (bin < samples - 1 && cumulative[bin + 1]! <= quantile) bin++;
      const width = cumulative[bin + 1]! - cumulative[bin]!;
      const share = width > 0 ? Math.min(1, Math.max(0, (quantile - cumulative[bin]!) / width)) : 0;
      const left = edges[ray * (samples + 1) + bin]!;
      const right = edges[ray * (samples + 1) + bin + 1]!;
      result[ray * count + index] = left + share * (right - left);
    }
  }
  return tf.tensor2d(result, [rays, count]);
}

/** Sums of the padded, normalized weights: samples + 1 numbers from 0 to 1. */
function cumulativeShare(weights: Float32Array, padding: number): Float64Array {
  const cumulative = new Float64Array(weights.length + 1);
  let total = weights.reduce((sum, weight) => sum + weight + padding, 0);
  // A ray without any weight samples evenly.
  const extra = Math.max(0, 1e-5 - total) / weights.length;
  total += extra * weights.length;
  weights.forEach((weight, index) => {
    cumulative[index + 1] = Math.min(1, cumulative[index]! + (weight + padding + extra) / total);
  });
  return cumulative;
}
