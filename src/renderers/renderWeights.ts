/** How much each sample of a ray contributes to it. */
import * as tf from '../tensors/tf.ts';

/**
 * `w_i = (1 - exp(-d_i s_i)) * exp(-sum_{j<i} d_j s_j)` with density d and length s: absorption times transmittance (Max 1995;
 * nerfstudio's `RaySamples.get_weights`). Differentiable with respect to the densities.
 * @param densities [rays, samples, 1] float32, >= 0, per unit of length
 * @param starts,ends [rays, samples, 1] float32, distances along the ray
 * @returns [rays, samples, 1] float32, whose sum over the samples is at most 1; the caller disposes it
 */
export function renderWeights(densities: tf.Tensor3D, starts: tf.Tensor3D, ends: tf.Tensor3D): tf.Tensor3D {
  return tf.tidy(() => {
    const [rays, samples] = densities.shape;
    // Flat, because the library's gradient of cumsum is right for the last axis only.
    const thickness = tf.reshape(tf.mul(densities, tf.sub(ends, starts)), [rays, samples]);
    const transmittance = tf.exp(tf.neg(tf.cumsum(thickness, 1, true)));
    const weights = tf.mul(tf.sub(1, tf.exp(tf.neg(thickness))), transmittance);
    return tf.reshape(weights, [rays, samples, 1]);
  });
}

/** What share of each ray is absorbed: the sum of its weights. @returns [rays, 1] float32; the caller disposes it */
export function renderAccumulation(weights: tf.Tensor3D): tf.Tensor2D {
  return tf.sum(weights, 1) as tf.Tensor2D;
}
