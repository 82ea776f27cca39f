/** Light of single photos: exposure and white balance differ from photo to photo, and the splats are to have the colours of none but all. */

import type { Color } from '../../data/compositeOver.ts';
import type { KernelPool } from '../../kernels/kernelPool.ts';
import { type SharedParameter, sharedParameter } from '../../tensors/sharedTensor.ts';

/** `colour of the photo = gain * colour + bias`, each of red, green, blue. */
export interface Light {
  readonly gain: Color;
  readonly bias: Color;
}

export interface PhotoLight {
  /**
   * `light` [photos, 6] float32: ln gain, then bias. What counts of a photo's row is its difference from the mean of all rows, so that gains and biases are
   * the identity on average: common factors stay with the splats, and with them views that no photo belongs to.
   */
  readonly parameter: SharedParameter;
  of(photo: number): Light;
  /** Writes the parameter's gradient. @param slopes [6] d loss / d (ln gain, bias) of the one photo that the step looked at */
  backward(photo: number, slopes: Float64Array): void;
}

/** All photos in the same light. The caller disposes the parameter. */
export function createPhotoLight(kernels: KernelPool, photos: number): PhotoLight {
  const parameter = sharedParameter(kernels, 'light', [photos, numbers], () => {});
  const { data, gradient } = parameter;
  return {
    parameter,
    of(photo) {
      const offsets = Array.from({ length: numbers }, (_, k) => {
        let sum = 0;
        for (let row = k; row < data.length; row += numbers) sum += data[row]!;
        return data[photo * numbers + k]! - sum / photos;
      });
      const [r, g, b, biasR, biasG, biasB] = offsets as [number, number, number, number, number, number];
      return { gain: [Math.exp(r), Math.exp(g), Math.exp(b)], bias: [biasR, biasG, biasB] };
    },
    backward(photo, slopes) {
      for (let row = 0; row < photos; row++)
        for (let k = 0; k < numbers; k++)
          gradient.data[row * numbers + k] = slopes[k]! * ((row === photo ? 1 : 0) - 1 / photos);
    },
  };
}

const numbers = 6;
