/** Volume rendering composed of tensor operations: the reference of the kernels, and what other engines run. */
import * as tf from '../tf.ts';
import type { CompositedRays, RaySamples } from './compositeRays.ts';
import type { RayLayout } from './rayLayout.ts';

/**
 * @param layout of packed samples; absent: [rays, samples] as they are
 * @param minTransmittance samples before which less light is left count for nothing
 * @returns as compositeRays
 */
export function compositeTensors(
  samples: RaySamples,
  minTransmittance: number,
  layout?: RayLayout,
): CompositedRays {
  const [color, depth, opacity, weights] = tf.tidy(() => {
    const rectangle = <T extends tf.Tensor>(tensor: tf.Tensor): T =>
      layout ? layout.unpack<T>(tensor) : (tensor as T);
    const thickness = tf.mul(
      rectangle<tf.Tensor2D>(samples.densities),
      rectangle<tf.Tensor2D>(samples.deltas),
    ) as tf.Tensor2D;
    const transmittance = tf.exp(tf.neg(tf.cumsum(thickness, 1, true))) as tf.Tensor2D;
    const reached = atLeast(transmittance, minTransmittance);
    const weights = tf.mul(
      tf.mul(reached, transmittance),
      tf.sub(1, tf.exp(tf.neg(thickness))),
    ) as tf.Tensor2D;
    const colors = rectangle<tf.Tensor3D>(samples.colors);
    return [
      tf.sum(tf.mul(tf.expandDims(weights, 2), colors), 1),
      tf.sum(tf.mul(weights, rectangle(samples.distances)), 1),
      tf.sum(weights, 1),
      layout ? layout.pack(weights) : weights,
    ];
  }) as [tf.Tensor2D, tf.Tensor1D, tf.Tensor1D, tf.Tensor1D | tf.Tensor2D];
  return { color, depth, opacity, weights };
}

/** 1 where x >= limit, else 0; a constant for the tape, which has no gradient of comparisons. */
function atLeast(x: tf.Tensor2D, limit: number): tf.Tensor2D {
  const operation = tf.customGrad((input) => ({
    value: tf.cast(tf.greaterEqual(input as tf.Tensor, limit), 'float32'),
    gradFunc: (gradient: tf.Tensor) => tf.zerosLike(gradient),
  }));
  return operation(x) as tf.Tensor2D;
}
