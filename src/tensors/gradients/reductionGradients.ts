/** Gradients of sums and means that repeat the upstream gradient instead of multiplying it by a tensor of ones. */
import * as tf from '../tf.ts';

/** `dy` repeated along the axes that were reduced. */
function repeated(dy: tf.Tensor, x: tf.Tensor, axis: unknown): tf.Tensor {
  // Repeating never makes fewer: nothing has a gradient in an empty tensor.
  if (x.size === 0) return tf.zerosLike(x);
  const axes = tf.util.parseAxisParam(axis as number[], x.shape);
  return tf.broadcastTo(
    tf.reshape(dy, tf.backend_util.expandShapeToKeepDim(keptShape(x, axes), axes)),
    x.shape,
  );
}

function keptShape(x: tf.Tensor, axes: number[]): number[] {
  return tf.backend_util.computeOutAndReduceShapes(x.shape, axes)[0];
}

/** d sum and d mean, over any axes. */
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
];
