/** Numbers of their own for single photos: corrections of what all photos share. */
import type { KernelPool } from '../../kernels/kernelPool.ts';
import { type SharedParameter, sharedParameter } from '../../tensors/sharedTensor.ts';

export interface PhotoRows {
  /**
   * [photos, width] float32, zeros at first. What counts of a photo's row is its difference from the mean of all rows: what they have in common stays with the
   * splats, and with them views that no photo belongs to.
   */
  readonly parameter: SharedParameter;
  /** [width]: what counts of a photo's row. */
  offsetsOf(photo: number): number[];
  /** Writes the parameter's gradient. @param slopes [width] d loss / d offset of the one photo that the step looked at */
  backward(photo: number, slopes: ArrayLike<number>): void;
}

/** @param name of the parameter @param width numbers of a photo. The caller disposes the parameter. */
export function createPhotoRows(kernels: KernelPool, name: string, photos: number, width: number): PhotoRows {
  const parameter = sharedParameter(kernels, name, [photos, width], () => {});
  const { data, gradient } = parameter;
  return {
    parameter,
    offsetsOf: (photo) =>
      Array.from({ length: width }, (_, k) => {
        let sum = 0;
        for (let row = k; row < data.length; row += width) sum += data[row]!;
        return data[photo * width + k]! - sum / photos;
      }),
    backward(photo, slopes) {
      for (let row = 0; row < photos; row++)
        for (let k = 0; k < width; k++)
          gradient.data[row * width + k] = slopes[k]! * ((row === photo ? 1 : 0) - 1 / photos);
    },
  };
}
