/** Volume rendering of packed samples on tensor operations: rays become rows of equal length, so that sums run along one axis. */
import * as tf from '../../../tensors/tf.ts';

/** Where each ray's samples stand in rows of equal length. */
export interface RayRows {
  readonly rays: number;
  /** Samples of the longest ray, at least 1. */
  readonly length: number;
  /** [rays * length] int32: a sample's number; the number of samples where a ray has no more. */
  readonly slots: Int32Array;
}

/** @param rayOf [samples] int32: which ray, ascending; a ray's samples front to back */
export function rayRows(rayOf: Int32Array, rays: number): RayRows {
  const counts = new Int32Array(rays);
  for (const ray of rayOf) counts[ray]!++;
  const length = counts.reduce((longest, count) => Math.max(longest, count), 1);
  const slots = new Int32Array(rays * length).fill(rayOf.length);
  counts.fill(0);
  rayOf.forEach((ray, sample) => {
    slots[ray * length + counts[ray]!++] = sample;
  });
  return { rays, length, slots };
}

/**
 * sum_k T_k (1 - e^{-d_k}) v_k with T_k = e^{-sum_{j<k} d_j} (Max 1995; Mildenhall et al. 2020, eq. 3). Differentiable in both.
 *
 * @param opticalDepths [samples] float32, density times length
 * @param values [samples, n] float32
 * @returns [rays, n + 1] float32: the sums, and what light the ray has left; the caller disposes it
 */
export function compositeSamples(
  opticalDepths: tf.Tensor1D,
  values: tf.Tensor2D,
  { rays, length, slots }: RayRows,
): tf.Tensor2D {
  return tf.tidy(() => {
    const slotTensor = tf.tensor1d(slots, 'int32');
    const inRows = (packed: tf.Tensor2D) => {
      const withNone = tf.concat([packed, tf.zeros([1, packed.shape[1]])], 0);
      return tf.reshape(tf.gather(withNone, slotTensor), [rays, length, packed.shape[1]]);
    };
    const depths = tf.reshape(inRows(tf.expandDims(opticalDepths, 1)), [rays, length]);
    const before = tf.cumsum(depths, 1, true);
    const weights = tf.mul(tf.exp(tf.neg(before)), tf.sub(1, tf.exp(tf.neg(depths))));
    const sums = tf.sum(tf.mul(inRows(values), tf.expandDims(weights, 2)), 1);
    const left = tf.exp(tf.neg(tf.sum(depths, 1, true)));
    return tf.concat([sums, left], 1) as tf.Tensor2D;
  });
}
