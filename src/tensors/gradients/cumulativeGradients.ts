/** Gradients of running sums and products along an axis. */
import * as tf from '../tf.ts';

interface CumulativeAttributes {
  readonly axis: number;
  readonly exclusive: boolean;
  readonly reverse: boolean;
}

const attributesOf = (attributes: tf.NamedAttrMap) => attributes as unknown as CumulativeAttributes;

/** d cumsum: the running sum of the upstream gradient from the other end. (The library's own is wrong unless the axis is the last.) */
export const cumsumGradient: tf.GradConfig = {
  kernelName: tf.Cumsum,
  gradFunc: (dy, _saved, attributes) => {
    const { axis, exclusive, reverse } = attributesOf(attributes);
    return { x: () => tf.cumsum(dy as tf.Tensor, axis, exclusive, !reverse) };
  },
};

/**
 * d cumprod. With y = cumprod(x): dx_i = sum over j >= i of dy_j y_j / x_i while no factor is zero. Behind the first zero all
 * products are zero and so is the gradient; at the first zero the products are those with that factor left out (set to 1).
 */
export const cumprodGradient: tf.GradConfig = {
  kernelName: tf.Cumprod,
  inputsToSave: ['x'],
  outputsToSave: [true],
  gradFunc: (dy, saved, attributes) => {
    const { axis, exclusive, reverse } = attributesOf(attributes);
    const [x, y] = saved as [tf.Tensor, tf.Tensor];
    const sumFromOtherEnd = (products: tf.Tensor) =>
      tf.cumsum(tf.mul(dy as tf.Tensor, products), axis, exclusive, !reverse);
    return {
      x: () => {
        const isZero = tf.equal(x, 0);
        const zerosBefore = tf.cumsum(tf.cast(isZero, 'float32'), axis, true, reverse);
        const isFirstZero = tf.logicalAnd(isZero, tf.equal(zerosBefore, 0));
        const one = tf.onesLike(x);
        const withoutFirstZero = tf.cumprod(tf.where(isFirstZero, one, x), axis, exclusive, reverse);
        return tf.where(
          isFirstZero,
          sumFromOtherEnd(withoutFirstZero),
          tf.div(sumFromOtherEnd(y), tf.where(isZero, one, x)),
        );
      },
    };
  },
};
