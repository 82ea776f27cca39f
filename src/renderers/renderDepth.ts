/** How far a ray goes. */
import * as tf from '../tensors/tf.ts';

/**
 * The mean of the sample centres, weighted; limited to the range of all centres. (nerfstudio's DepthRenderer, `expected`)
 * @param weights,starts,ends [rays, samples, 1] float32
 * @returns [rays, 1] float32; the caller disposes it
 */
export function renderExpectedDepth(
  weights: tf.Tensor3D,
  starts: tf.Tensor3D,
  ends: tf.Tensor3D,
): tf.Tensor2D {
  return tf.tidy(() => {
    const centres = tf.div(tf.add(starts, ends), 2);
    const mean = tf.div(
      tf.sum(tf.mul(weights, centres), 1),
      tf.add(tf.sum(weights, 1), 1e-10),
    ) as tf.Tensor2D;
    return tf.minimum(tf.maximum(mean, tf.min(centres)), tf.max(centres));
  });
}

/**
 * The centre of the sample in which the sum of the weights reaches one half; the last one where it never does.
 * (nerfstudio's DepthRenderer, `median`) It has no gradient.
 * @param weights,starts,ends [rays, samples, 1] float32
 * @returns [rays, 1] float32; the caller disposes it
 */
export function renderMedianDepth(weights: tf.Tensor3D, starts: tf.Tensor3D, ends: tf.Tensor3D): tf.Tensor2D {
  return tf.tidy(() => {
    const [rays, samples] = weights.shape;
    const centres = tf.reshape(tf.div(tf.add(starts, ends), 2), [rays, samples]);
    const before = tf.cast(tf.less(tf.cumsum(tf.reshape(weights, [rays, samples]), 1), 0.5), 'int32');
    const index = tf.cast(tf.minimum(tf.sum(before, 1), samples - 1), 'int32');
    return tf.sum(tf.mul(centres, tf.oneHot(index, samples)), 1, true) as tf.Tensor2D;
  });
}
