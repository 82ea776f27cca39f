/** The colour of a ray. */
import * as tf from '../tensors/tf.ts';
import { renderAccumulation } from './renderWeights.ts';

/**
 * What shows where a ray is not absorbed: a colour, the colour of the ray's last sample (`lastSample`), or a colour for each
 * ray, [rays, 3] float32.
 */
export type RenderBackground = 'white' | 'black' | 'lastSample' | tf.Tensor2D;

/**
 * `sum_i w_i c_i + (1 - sum_i w_i) * background`, not clamped. (nerfstudio's RGBRenderer) Differentiable.
 * @param weights [rays, samples, 1] float32
 * @param colors [rays, samples, 3] float32 in 0..1
 * @returns [rays, 3] float32; the caller disposes it
 */
export function renderRgb(
  weights: tf.Tensor3D,
  colors: tf.Tensor3D,
  background: RenderBackground,
): tf.Tensor2D {
  return tf.tidy(() => {
    const seen = tf.sum(tf.mul(weights, colors), 1) as tf.Tensor2D;
    if (background === 'black') return seen;
    const left = tf.sub(1, renderAccumulation(weights));
    if (background === 'white') return tf.add(seen, left);
    if (background !== 'lastSample') return tf.add(seen, tf.mul(left, background));
    const [rays, samples] = colors.shape;
    const last = tf.reshape(tf.slice(colors, [0, samples - 1, 0], [rays, 1, 3]), [rays, 3]);
    return tf.add(seen, tf.mul(left, last));
  });
}
