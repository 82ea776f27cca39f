/** Gradients of element-wise operations: those that the library gets wrong when shapes are broadcast, and relu's in one pass. */
import * as tf from '../tf.ts';

/** Sums a gradient over the axes along which an input of `shape` was repeated. */
function sumTo(gradient: tf.Tensor, shape: number[]): tf.Tensor {
  const axes = tf.broadcast_util.getReductionAxes(shape, gradient.shape);
  return tf.reshape(axes.length > 0 ? tf.sum(gradient, axes) : gradient, shape);
}

type Derivative = (a: tf.Tensor, b: tf.Tensor) => tf.Tensor;

/** @param da derivative by a, of the result's shape; `db`: by b */
function ofTwo(kernelName: string, da: Derivative, db: Derivative): tf.GradConfig {
  return {
    kernelName,
    inputsToSave: ['a', 'b'],
    gradFunc: (dy, saved) => {
      const [a, b] = saved as [tf.Tensor, tf.Tensor];
      const upstream = dy as tf.Tensor;
      return {
        a: () => sumTo(tf.mul(upstream, da(a, b)), a.shape),
        b: () => sumTo(tf.mul(upstream, db(a, b)), b.shape),
      };
    },
  };
}

const number = (mask: tf.Tensor) => tf.cast(mask, 'float32');

/** The kernel, on backends that have it, of {@link ifPositive}. */
export const ifPositiveKernel = 'IfPositive';

/** dy where x is above 0, else 0. */
function ifPositive(dy: tf.Tensor, x: tf.Tensor): tf.Tensor {
  return tf.getKernel(ifPositiveKernel, tf.getBackend())
    ? tf.engine().runKernel(ifPositiveKernel, { a: dy, b: x })
    : tf.mul(dy, tf.step(x));
}

/** d maximum, d minimum (the first input's where both are equal), d squaredDifference, d relu. */
export const elementwiseGradients: readonly tf.GradConfig[] = [
  ofTwo(
    tf.Maximum,
    (a, b) => number(tf.greaterEqual(a, b)),
    (a, b) => number(tf.less(a, b)),
  ),
  ofTwo(
    tf.Minimum,
    (a, b) => number(tf.lessEqual(a, b)),
    (a, b) => number(tf.greater(a, b)),
  ),
  ofTwo(
    tf.SquaredDifference,
    (a, b) => tf.mul(2, tf.sub(a, b)),
    (a, b) => tf.mul(2, tf.sub(b, a)),
  ),
  {
    kernelName: tf.Relu,
    inputsToSave: ['x'],
    gradFunc: (dy, saved) => ({ x: () => ifPositive(dy as tf.Tensor, saved[0]!) }),
  },
  {
    kernelName: ifPositiveKernel,
    inputsToSave: ['b'],
    gradFunc: (dy, saved) => ({
      a: () => ifPositive(dy as tf.Tensor, saved[0]!),
      b: () => tf.zerosLike(saved[0]!),
    }),
  },
];
