/** Gradients of what is computed over axes: sums, means, extremes, products, softmax. */
import * as tf from '../tf.ts';

/** A result of a reduction repeated along the axes that were reduced. */
function repeated(reduced: tf.Tensor, x: tf.Tensor, axis: unknown): tf.Tensor {
  // Repeating never makes fewer: nothing has a gradient in an empty tensor.
  return x.size === 0 ? tf.zerosLike(x) : tf.broadcastTo(withAxes(reduced, x, axis), x.shape);
}

/** A result of a reduction with the reduced axes of length 1. */
function withAxes(reduced: tf.Tensor, x: tf.Tensor, axis: unknown): tf.Tensor {
  const axes = tf.util.parseAxisParam(axis as number[], x.shape);
  const kept = tf.backend_util.computeOutAndReduceShapes(x.shape, axes)[0];
  return tf.reshape(reduced, tf.backend_util.expandShapeToKeepDim(kept, axes));
}

/** d max and d min: every element that is the extreme has the gradient. The two kernels name their axes differently. */
function extremeGradient(kernelName: string, axesName: string): tf.GradConfig {
  return {
    kernelName,
    inputsToSave: ['x'],
    outputsToSave: [true],
    gradFunc: (dy, saved, attributes) => {
      const [x, y] = saved as [tf.Tensor, tf.Tensor];
      const axes = attributes[axesName];
      return {
        x: () =>
          tf.mul(withAxes(dy as tf.Tensor, x, axes), tf.cast(tf.equal(x, withAxes(y, x, axes)), 'float32')),
      };
    },
  };
}

/** The product of all other elements, from both sides, so that zeros divide nothing. */
function prodGradient(dy: tf.Tensor, x: tf.Tensor, axis: unknown): tf.Tensor {
  const axes = tf.util.parseAxisParam((axis ?? null) as number[], x.shape);
  const others = x.shape.map((_, index) => index).filter((index) => !axes.includes(index));
  const order = [...others, ...axes];
  const last = tf.transpose(x, order);
  const rows = tf.reshape(last, [tf.util.sizeFromShape(others.map((index) => x.shape[index]!)), -1]);
  const products = tf.mul(tf.cumprod(rows, 1, true, false), tf.cumprod(rows, 1, true, true));
  const gradient = tf.mul(tf.reshape(dy, [-1, 1]), products);
  return tf.transpose(tf.reshape(gradient, last.shape), tf.backend_util.getUndoAxesPermutation(order));
}

/** d sum and mean (which repeat the upstream gradient instead of multiplying it by ones), max, min, prod, softmax and logSoftmax. */
export const reductionGradients: readonly tf.GradConfig[] = [
  {
    kernelName: tf.Sum,
    inputsToSave: ['x'],
    gradFunc: (dy, saved, { axis }) => {
      const [x] = saved as [tf.Tensor];
      return { x: () => repeated(dy as tf.Tensor, x, axis) };
    },
  },
  {
    kernelName: tf.Mean,
    inputsToSave: ['x'],
    gradFunc: (dy, saved, { axis }) => {
      const [x] = saved as [tf.Tensor];
      const upstream = dy as tf.Tensor;
      const count = x.size / Math.max(1, upstream.size);
      return { x: () => repeated(tf.div(upstream, count), x, axis) };
    },
  },
  extremeGradient(tf.Max, 'reductionIndices'),
  extremeGradient(tf.Min, 'axis'),
  {
    kernelName: tf.Prod,
    inputsToSave: ['x'],
    gradFunc: (dy, saved, { axis }) => ({ x: () => prodGradient(dy as tf.Tensor, saved[0]!, axis) }),
  },
  {
    kernelName: tf.Softmax,
    outputsToSave: [true],
    gradFunc: (dy, saved, { dim }) => {
      const [y] = saved as [tf.Tensor];
      const weighted = tf.mul(dy as tf.Tensor, y);
      return { logits: () => tf.sub(weighted, tf.mul(tf.sum(weighted, [dim as number], true), y)) };
    },
  },
  {
    kernelName: tf.LogSoftmax,
    outputsToSave: [true],
    gradFunc: (dy, saved, { axis }) => {
      const [y] = saved as [tf.Tensor];
      const upstream = dy as tf.Tensor;
      return { logits: () => tf.sub(upstream, tf.mul(tf.sum(upstream, axis as number, true), tf.exp(y))) };
    },
  },
];
