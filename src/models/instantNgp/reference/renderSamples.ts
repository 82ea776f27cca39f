/** Rendering packed samples, composed of tensor operations: what engines without kernels run, and the reference of those with. */
import type { HashGridLevel } from '../../../fields/hashGridLevels.ts';
import { hashGridEncode } from '../../../tensors/ops/hashGridEncode.ts';
import * as tf from '../../../tensors/tf.ts';
import { compositeSamples, rayRows } from '../tensors/compositeSamples.ts';

/** Samples of all rays, one after another, front to back. */
export interface PackedSamples {
  /** [samples, 3] float32 in 0..1 */
  readonly positions: Float32Array;
  /** [samples] float32: lengths, unit coordinates */
  readonly steps: Float32Array;
  /** [samples] int32: which ray, ascending */
  readonly rays: Int32Array;
  /** [samples] float32: distances from the origin, where they are asked for */
  readonly distances?: Float32Array;
  /** [samples] float32: what share of its gradients a sample passes on; absent: all of them. */
  readonly gradientShares?: Float32Array | undefined;
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
 * @returns [rays, 4] float32: colour and remaining transmittance; [rays, 5] if the samples have distances: then their weighted sum
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
    const geometry = geometryOf(networks, samples.positions);
    const passOn = withShares(samples.gradientShares);
    const depths = passOn(opticalDepthsOf(geometry, samples.steps));
    const inputs = [geometry, tf.gather(directionEncoding, rayOf)];
    if (appearance) inputs.push(tf.gather(appearance, rayOf));
    const colors = passOn(tf.sigmoid(perceptron(tf.concat(inputs, 1) as tf.Tensor2D, networks.color)));
    const { distances } = samples;
    const values = distances ? tf.concat([colors, tf.tensor2d(distances, [distances.length, 1])], 1) : colors;
    const summed = compositeSamples(depths, values as tf.Tensor2D, rayRows(samples.rays, rays));
    const column = (at: number, width: number) => tf.slice(summed, [0, at], [-1, width]);
    const left = column(values.shape[1] as number, 1);
    const parts = [tf.add(column(0, 3), tf.mul(background, left)), left];
    return tf.concat(distances ? [...parts, column(3, 1)] : parts, 1) as tf.Tensor2D;
  });
}

/**
 * The density network's outputs.
 * @param positions [samples, 3] float32 in 0..1
 * @returns [samples, outputs] float32: logarithm of the density, then geometry features; the caller disposes it
 */
export function geometryOf(networks: ReferenceNetworks, positions: Float32Array): tf.Tensor2D {
  return tf.tidy(() => {
    const points = tf.tensor2d(positions, [positions.length / 3, 3]);
    const encoding = hashGridEncode(points, networks.table, networks.levels);
    const padding = networks.density[0]!.shape[0] - encoding.shape[1];
    const padded =
      padding === 0
        ? encoding
        : tf.pad(encoding, [
            [0, 0],
            [0, padding],
          ]);
    return perceptron(padded, networks.density);
  });
}

/** Density times length. @param geometry of {@link geometryOf} @param steps [samples] float32 @returns [samples] float32 */
export function opticalDepthsOf(geometry: tf.Tensor2D, steps: Float32Array): tf.Tensor1D {
  return tf.tidy(() => {
    const raw = tf.minimum(tf.reshape(tf.slice(geometry, [0, 0], [-1, 1]), [-1]), maxLogDensity);
    return tf.mul(tf.exp(raw), tf.tensor1d(steps)) as tf.Tensor1D;
  });
}

/**
 * Scaling of gradients by the distance (Philip and Deschaintre 2023): min(1, t / reach)^2.
 * @param distances,reach unit coordinates; 0: none are scaled
 */
export function gradientSharesOf(distances: Float32Array, reach: number): Float32Array | undefined {
  return reach === 0 ? undefined : distances.map((t) => Math.min(1, t / reach) ** 2);
}

/** A function that leaves the values of samples [samples, ...] as they are, and scales their gradients. */
function withShares(shares: Float32Array | undefined): <T extends tf.Tensor>(values: T) => T {
  if (shares === undefined) return (values) => values;
  return (values) =>
    tf.customGrad((given) => ({
      value: tf.clone(given as tf.Tensor),
      gradFunc: (dy: tf.Tensor) =>
        tf.mul(dy, tf.tensor(shares, [shares.length, ...dy.shape.slice(1).fill(1)])),
    }))(values) as typeof values;
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
