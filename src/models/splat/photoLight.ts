/** Light of single photos: exposure and white balance differ from photo to photo, and the splats are to have the colours of none but all. */
import type { Color } from '../../data/compositeOver.ts';
import type { KernelPool } from '../../kernels/kernelPool.ts';
import type { SharedParameter } from '../../tensors/sharedTensor.ts';
import { createPhotoRows } from './photoRows.ts';

/** `colour of the photo = gain * colour + bias`, each of red, green, blue. */
export interface Light {
  readonly gain: Color;
  readonly bias: Color;
}

export interface PhotoLight {
  /**
   * `light` [photos, 6] float32: ln gain, then bias. By {@link createPhotoRows}: gains and biases are the identity on average.
   */
  readonly parameter: SharedParameter;
  of(photo: number): Light;
  /** Writes the parameter's gradient. @param slopes [6] d loss / d (ln gain, bias) of the one photo that the step looked at */
  backward(photo: number, slopes: Float64Array): void;
}

/** All photos in the same light. The caller disposes the parameter. */
export function createPhotoLight(kernels: KernelPool, photos: number): PhotoLight {
  const { parameter, offsetsOf, backward } = createPhotoRows(kernels, 'light', photos, 6);
  return {
    parameter,
    of(photo) {
      const [r, g, b, biasR, biasG, biasB] = offsetsOf(photo) as [
        number,
        number,
        number,
        number,
        number,
        number,
      ];
      return { gain: [Math.exp(r), Math.exp(g), Math.exp(b)], bias: [biasR, biasG, biasB] };
    },
    backward,
  };
}
