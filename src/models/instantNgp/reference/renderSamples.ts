/** Rendering packed samples, composed of tensor operations: the reference of src/kernels/assembly/renderRays.ts. */
import { hashGridEncode } from '../../../fields/hashGridEncode.ts';
import type { HashGridLevel } from '../../../fields/hashGridLevels.ts';
import * as tf from '../../../tensors/tf.ts';

/** Samples of all rays, one after another, front to back. */
export interface PackedSamples {
  /** [samples, 3] float32 in 0..1 */
  readonly positions: Float32Array;
  /** [samples] float32: lengths, unit coordinates */
  readonly steps: Float32Array;
  /** [samples] int32: which ray, ascending */
  readonly rays: Int32Array;
}

export interface ReferenceNetworks {
  readonly table: tf.Tensor2D;
  readonly levels: readonly HashGridLevel[];
  /** Weights [inputs, outputs] of the density network's layers, then the colour network's. */
  readonly density: readonly tf.Tensor2D[];
  readonly color: readonly tf.Tensor2D[];
}

/** Densities above e^12 are cut off, as in the kernels. */
const maxLogDensity = 12;

/**
 * Encode, density, colour, composite: C = sum_k T_k (1 - e^{-sigma_k d_k}) c_k + T background with T_k = e^{-sum_{j<k} sigma_j d_j}
 * (Max 1995; Mildenhall et al. 2020, eq. 3). Differentiable in all networks.
 *
 * @param directionEncoding [rays, 16] float32
 * @param appearance [rays, n] float32, or absent
 * @param background [rays, 3] float32
 * @returns [rays, 4] float32: colour and remaining transmittance
 */
export function renderSamples(
  networks: ReferenceNetworks,
  samples: PackedSamples,
  directionEncoding: tf.Tensor2D,
  background: tf.Tensor2D,
  appearance?: tf.Tensor2D,
): tf.Tensor2D {
  return tf.tidy(() => {
    const rays = directionEncoding.shape[0];
    const rayOf = tf.tensor1d(samples.rays, 'int32');
    const encoding = hashGridEncode(networks.table, samples.positions, networks.levels);
    const padding = networks.density[0]!.shape[0] - encoding.shape[1];
    const padded = tf.pad(encoding, [
      [0, 0],
      [0, padding],
    ]);
    const geometry = perceptron(padded, networks.density);
    const raw = tf.minimum(tf.reshape(tf.slice(geometry, [0, 0], [-1, 1]), [-1]), maxLogDensity);
    const opticalDepth = tf.mul(tf.exp(raw), tf.tensor1d(samples.steps)) as tf.Tensor1D;
    const before = depthBefore(opticalDepth, samples.rays);
    const weights = tf.mul(tf.exp(tf.neg(before)), tf.sub(1, tf.exp(tf.neg(opticalDepth))));
    const inputs = [geometry, tf.gather(directionEncoding, rayOf)];
    if (appearance) inputs.push(tf.gather(appearance, rayOf));
    const colors = tf.sigmoid(perceptron(tf.concat(inputs, 1) as tf.Tensor2D, networks.color));
    const perRay = (values: tf.Tensor) => tf.unsortedSegmentSum(values, rayOf, rays);
    const color = perRay(tf.mul(colors, tf.expandDims(weights, 1)));
    const transmittance = tf.exp(tf.neg(tf.expandDims(perRay(opticalDepth), 1)));
    return tf.concat([tf.add(color, tf.mul(background, transmittance)), transmittance], 1) as tf.Tensor2D;
  });
}

/** Mean squared error over rays and channels, the target composited over the same background. @param rgba [rays, 4] float32 */
export function photometricLoss(
  rendered: tf.Tensor2D,
  rgba: tf.Tensor2D,
  background: tf.Tensor2D,
): tf.Scalar {
  return tf.tidy(() => {
    const opacity = tf.slice(rgba, [0, 3], [-1, 1]);
    const target = tf.add(
      tf.mul(tf.slice(rgba, [0, 0], [-1, 3]), opacity),
      tf.mul(background, tf.sub(1, opacity)),
    );
    return tf.mean(tf.squaredDifference(tf.slice(rendered, [0, 0], [-1, 3]), target)) as tf.Scalar;
  });
}

/** Bias-free layers, ReLU between them. */
function perceptron(input: tf.Tensor2D, weights: readonly tf.Tensor2D[]): tf.Tensor2D {
  let x = input;
  weights.forEach((weight, index) => {
    x = tf.matMul(x, weight);
    if (index < weights.length - 1) x = tf.relu(x);
  });
  return x;
}

/** Sum of the optical depths in front of each sample, on its own ray: the sum over all rays less what lies before the ray. */
function depthBefore(opticalDepth: tf.Tensor1D, rays: Int32Array): tf.Tensor1D {
  const firstOfRay = rays.map((ray, sample) => {
    let first = sample;
    while (rays[first - 1] === ray) first--;
    return first;
  });
  const before = tf.cumsum(opticalDepth, 0, true);
  return tf.sub(before, tf.gather(before, tf.tensor1d(firstOfRay, 'int32')));
}
