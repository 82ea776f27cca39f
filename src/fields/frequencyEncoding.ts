/** Sines of coordinates at growing frequencies (Mildenhall et al. 2020), as nerfstudio's NeRFEncoding. */
import * as tf from '../tensors/tf.ts';

export interface FrequencyEncodingSettings {
  readonly numFrequencies: number;
  /** Frequencies are 2^e, e evenly spaced from the least to the largest exponent. */
  readonly minExponent: number;
  readonly maxExponent: number;
  /** Whether the coordinates themselves follow the sines. */
  readonly includeInput: boolean;
}

/**
 * `sin(2 pi x 2^e)` for every axis and frequency (axis by axis), then the same with a phase of pi / 2. Differentiable.
 * @param x [points, axes] float32
 * @returns [points, axes * numFrequencies * 2 (+ axes)] float32; the caller disposes it
 */
export function frequencyEncoding(x: tf.Tensor2D, settings: FrequencyEncodingSettings): tf.Tensor2D {
  const { numFrequencies, minExponent, maxExponent, includeInput } = settings;
  return tf.tidy(() => {
    const [points, axes] = x.shape;
    const angle: tf.Tensor2D = tf.mul(x, 2 * Math.PI);
    const exponents = Array.from({ length: numFrequencies }, (_, index) =>
      numFrequencies === 1
        ? minExponent
        : minExponent + ((maxExponent - minExponent) * index) / (numFrequencies - 1),
    );
    const frequencies = tf.tensor1d(exponents.map((exponent) => 2 ** exponent));
    const scaled = tf.reshape(tf.mul(tf.expandDims(angle, 2), frequencies), [points, axes * numFrequencies]);
    const waves = tf.sin(tf.concat([scaled, tf.add(scaled, Math.PI / 2)], 1)) as tf.Tensor2D;
    return includeInput ? tf.concat([waves, x], 1) : waves;
  });
}
