/** Teaches proposal weights to enclose the final ones (mip-NeRF 360, equation 13; nerfstudio's interlevel_loss). */
import * as tf from '../tensors/tf.ts';

/** A ray's weights over bins. */
export interface WeightHistogram {
  /** [rays, samples, 1] float32 */
  readonly weights: tf.Tensor3D;
  /** [rays, samples + 1] float32, ascending bin edges in the spacing coordinate */
  readonly bins: tf.Tensor2D;
}

/**
 * Sum over the proposals of `mean(max(0, w - bound)^2 / (w + 1e-7))`, where `bound` is the proposal's weight in all its bins
 * that a final bin touches. Gradients reach the proposals' weights only.
 * @returns scalar; the caller disposes it
 */
export function interlevelLoss(proposals: readonly WeightHistogram[], final: WeightHistogram): tf.Scalar {
  return tf.tidy(() => {
    const [rays, samples] = final.weights.shape;
    const finalEdges = final.bins.dataSync<'float32'>();
    const weights = tf.tensor2d(Float32Array.from(final.weights.dataSync<'float32'>()), [rays, samples]);
    return proposals
      .map((proposal) => {
        const touched = touchedBins(finalEdges, samples, proposal);
        const bound = tf.reshape(tf.matMul(touched, proposal.weights), [rays, samples]);
        const excess = tf.relu(tf.sub(weights, bound));
        return tf.mean(tf.div(tf.square(excess), tf.add(weights, 1e-7))) as tf.Scalar;
      })
      .reduce((sum, loss) => tf.add(sum, loss), tf.scalar(0));
  });
}

/** 1 where a proposal's bin lies between the first and the last one that a final bin touches. [rays, final, proposal] */
function touchedBins(finalEdges: Float32Array, samples: number, proposal: WeightHistogram): tf.Tensor3D {
  const [rays, bins] = proposal.weights.shape;
  const edges = proposal.bins.dataSync<'float32'>();
  const touched = new Float32Array(rays * samples * bins);
  for (let ray = 0; ray < rays; ray++) {
    const starts = edges.subarray(ray * (bins + 1), ray * (bins + 1) + bins);
    const ends = edges.subarray(ray * (bins + 1) + 1, (ray + 1) * (bins + 1));
    for (let sample = 0; sample < samples; sample++) {
      const edge = ray * (samples + 1) + sample;
      const first = clampIndex(countUpTo(starts, finalEdges[edge]!) - 1, bins);
      const last = clampIndex(countUpTo(ends, finalEdges[edge + 1]!), bins);
      touched.fill(1, (ray * samples + sample) * bins + first, (ray * samples + sample) * bins + last + 1);
    }
  }
  return tf.tensor3d(touched, [rays, samples, bins]);
}

/** How many of the ascending values are <= limit. */
function countUpTo(values: Float32Array, limit: number): number {
  let count = 0;
  while (count < values.length && values[count]! <= limit) count++;
  return count;
}

function clampIndex(index: number, length: number): number {
  return Math.min(length - 1, Math.max(0, index));
}
