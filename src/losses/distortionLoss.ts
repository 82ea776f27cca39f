/** Pulls a ray's weight together, against floaters (mip-NeRF 360, equation 15; nerfstudio's distortion_loss). */
import * as tf from '../tensors/tf.ts';
import type { WeightHistogram } from './interlevelLoss.ts';

/**
 * Mean over the rays of `sum_ij w_i w_j |m_i - m_j| + sum_i w_i^2 s_i / 3` with bin centres m and widths s. Differentiable; the
 * memory it takes grows with the square of the samples.
 * @returns scalar; the caller disposes it
 */
export function distortionLoss({ weights, bins }: WeightHistogram): tf.Scalar {
  return tf.tidy(() => {
    const [rays, samples] = weights.shape;
    const starts = tf.slice(bins, [0, 0], [rays, samples]);
    const ends = tf.slice(bins, [0, 1], [rays, samples]);
    const centres = tf.div(tf.add(starts, ends), 2);
    const distances = tf.abs(tf.sub(tf.expandDims(centres, 2), tf.expandDims(centres, 1)));
    const w = tf.reshape(weights, [rays, samples]);
    const others = tf.reshape(tf.matMul(distances as tf.Tensor3D, weights), [rays, samples]);
    const between = tf.sum(tf.mul(w, others), 1);
    const within = tf.div(tf.sum(tf.mul(tf.square(w), tf.sub(ends, starts)), 1), 3);
    return tf.mean(tf.add(between, within)) as tf.Scalar;
  });
}
