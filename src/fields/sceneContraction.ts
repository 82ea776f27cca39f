/** Squeezes unbounded space into a ball or cube of radius 2 (mip-NeRF 360; nerfstudio's SceneContraction). */
import * as tf from '../tensors/tf.ts';

/**
 * `x` where its norm is below 1, else `(2 - 1 / |x|) * x / |x|`. Differentiable everywhere but at norm 1.
 * @param x [points, 3] float32
 * @param norm the largest absolute coordinate (`Linf`: a cube) or the Euclidean norm (`L2`: a ball)
 * @returns [points, 3] float32 with norm below 2; the caller disposes it
 */
export function sceneContraction(x: tf.Tensor2D, norm: 'Linf' | 'L2'): tf.Tensor2D {
  return tf.tidy(() => {
    // A magnitude of at least 1 makes both cases one formula, without a condition that has no gradient; under the root it also
    // keeps the gradient finite at the origin.
    const magnitude =
      norm === 'Linf'
        ? tf.maximum(tf.max(tf.abs(x), 1, true), 1)
        : tf.sqrt(tf.maximum(tf.sum(tf.square(x), 1, true), 1));
    return tf.mul(tf.sub(2, tf.div(1, magnitude)), tf.div(x, magnitude));
  });
}
