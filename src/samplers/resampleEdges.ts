/** Puts samples where others had weight (inverse transform sampling; Mildenhall et al. 2020, section 5.2), on plain arrays. */

export interface ResampleSettings {
  /** New samples a ray. */
  readonly numSamples: number;
  /** Added to every weight, so that no bin is left out for ever. nerfstudio: 0.01. */
  readonly histogramPadding: number;
  /** Whether the given edges stay among the new ones. */
  readonly includeOriginal?: boolean;
  /** Where in its even step quantile `index` of ray `ray` lies, 0..1; default: in the middle. */
  readonly jitter?: ((ray: number, index: number) => number) | undefined;
}

/**
 * New bin edges whose density follows the weights, as nerfstudio's PDFSampler: `numSamples + 1` quantiles, one in each of as many
 * even steps. Nothing is differentiated.
 * @param weights [rays, samples] float32, >= 0
 * @param edges [rays, samples + 1] float32, ascending, in the spacing coordinate
 * @returns [rays, numSamples + 1] float32, ascending; with `includeOriginal` [rays, numSamples + samples + 2]
 */
export function resampleEdges(
  weights: Float32Array,
  edges: Float32Array,
  rays: number,
  { numSamples, histogramPadding, includeOriginal = false, jitter }: ResampleSettings,
): Float32Array {
  const samples = weights.length / rays;
  const drawn = numSamples + 1;
  const count = drawn + (includeOriginal ? samples + 1 : 0);
  const result = new Float32Array(rays * count);
  const cumulative = new Float64Array(samples + 1);
  for (let ray = 0; ray < rays; ray++) {
    const from = edges.subarray(ray * (samples + 1), (ray + 1) * (samples + 1));
    const into = result.subarray(ray * count, (ray + 1) * count);
    accumulateShares(weights.subarray(ray * samples, (ray + 1) * samples), histogramPadding, cumulative);
    let bin = 0;
    for (let index = 0; index < drawn; index++) {
      const quantile = (index + (jitter?.(ray, index) ?? 0.5)) / drawn;
      while (bin < samples - 1 && cumulative[bin + 1]! <= quantile) bin++;
      const width = cumulative[bin + 1]! - cumulative[bin]!;
      const share = width > 0 ? Math.min(1, Math.max(0, (quantile - cumulative[bin]!) / width)) : 0;
      into[index] = from[bin]! + share * (from[bin + 1]! - from[bin]!);
    }
    if (!includeOriginal) continue;
    into.set(from, drawn);
    into.sort();
  }
  return result;
}

/** Sums of the padded, normalized weights: samples + 1 numbers from 0 to 1. */
function accumulateShares(weights: Float32Array, padding: number, cumulative: Float64Array): void {
  let total = weights.reduce((sum, weight) => sum + weight + padding, 0);
  // A ray without any weight samples evenly.
  const extra = Math.max(0, 1e-5 - total) / weights.length;
  total += extra * weights.length;
  weights.forEach((weight, index) => {
    cumulative[index + 1] = Math.min(1, cumulative[index]! + (weight + padding + extra) / total);
  });
}
