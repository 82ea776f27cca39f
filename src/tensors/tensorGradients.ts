/** Arithmetic on gradients by tensor operations, on whichever backend is active. */
import type { EngineTensor } from '../pipeline/pipeline.ts';
import type { GradientMath, GradientSum } from './engine.ts';
import * as tf from './tf.ts';

/** A tensor of an engine whose tensors are the library's. */
export function tensorOf(tensor: EngineTensor): tf.Tensor {
  return tensor as tf.Tensor;
}

/** Arithmetic on gradients by tensor operations of the active backend. */
export const tensorGradients: GradientMath = {
  isFinite: (gradient) => tf.tidy(() => tf.all(tf.isFinite(tensorOf(gradient))).dataSync()[0] !== 0),
  sumOfSquares: (gradient) => tf.tidy(() => tf.sum(tf.square(tensorOf(gradient))).dataSync()[0] as number),
  scale: (gradient, factor) => tf.mul(tensorOf(gradient), factor),
  clamp: (gradient, limit) => tf.clipByValue(tensorOf(gradient), -limit, limit),
  sum: (shape) => arraySum(shape, new Float32Array(tf.util.sizeFromShape([...shape]))),
};

/** Adds up in `values`, [size] float32 zeros, element by element. */
export function arraySum(shape: readonly number[], values: Float32Array): GradientSum {
  return {
    add(gradient) {
      const added = tensorOf(gradient).dataSync<'float32'>();
      for (let index = 0; index < added.length; index++) values[index]! += added[index]!;
    },
    mean(count) {
      const factor = Math.fround(1 / count);
      return tf.tensor(
        values.map((value) => value * factor),
        [...shape],
        'float32',
      );
    },
    clear: () => values.fill(0),
    read: () => values,
    write: (saved) => values.set(saved),
    dispose() {},
  };
}
