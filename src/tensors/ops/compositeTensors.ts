/** Volume rendering composed of tensor operations: the reference of the kernels, and what other engines run. */
import * as tf from '../tf.ts';
import type { RayLayout } from './rayLayout.ts';

/** Samples along rays, front to back: packed ([samples], with `rayOffsets`) or as many for each ray ([rays, samples]). */
export interface RaySamples<T extends tf.Tensor1D | tf.Tensor2D = tf.Tensor1D | tf.Tensor2D> {
  /** float32 >= 0, per unit of length */
  readonly densities: T;
  /** [..., 3] float32 */
  readonly colors: tf.Tensor;
  /** float32: lengths of the samples */
  readonly deltas: T;
  /** float32: how far along the ray they lie */
  readonly distances: T;
  /** [rays + 1] int32: packed ray r has samples rayOffsets[r] .. rayOffsets[r + 1] - 1 */
  readonly rayOffsets?: tf.Tensor1D;
}

export interface CompositedRays<T extends tf.Tensor1D | tf.Tensor2D = tf.Tensor1D | tf.Tensor2D> {
  /** [rays, 3]: sum of weight x colour, nothing behind it */
  readonly color: tf.Tensor2D;
  /** [rays]: sum of weight x distance; divide by the opacity for the mean distance */
  readonly depth: tf.Tensor1D;
  /** [rays]: sum of the weights, at most 1 */
  readonly opacity: tf.Tensor1D;
  /** Each sample's share of its ray, in the shape of the densities */
  readonly weights: T;
}

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
