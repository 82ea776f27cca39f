/** Poses of single photos, corrected while the splats are trained: those of a phone or of few features are a little off. */
import type { Camera } from '../../data/cameras/camera.ts';
import { expMapSO3xR3 } from '../../data/cameras/lieGroups.ts';
import { addScaled, cross, type Vector3 } from '../../data/vector3.ts';
import type { KernelPool } from '../../kernels/kernelPool.ts';
import { type SharedParameter, sharedParameter } from '../../tensors/sharedTensor.ts';

export interface PhotoPoses {
  /**
   * `poses` [photos, 6] float32: a step along x, y, z, and a turn of the camera where it stands (axis times radians), both in the splats' coordinates (nerfstudio's
   * `SO3xR3`, there along the camera's own axes). What counts of a photo's row is its difference from the mean of all rows: together the cameras stay where
   * they are, and with them views that no photo belongs to.
   */
  readonly parameter: SharedParameter;
  /** Camera to world [3, 4] of a photo's camera, corrected. @param cameraToWorld as the data set has it, in the splats' coordinates */
  corrected(photo: number, cameraToWorld: Camera['cameraToWorld']): number[];
  /** Writes the parameter's gradient. @param slopes [6] d loss / d (position, turn of the corrected camera) of the one photo that the step looked at */
  backward(photo: number, slopes: Float64Array): void;
}

const numbers = 6;

/** All photos where the data set has them. The caller disposes the parameter. */
export function createPhotoPoses(kernels: KernelPool, photos: number): PhotoPoses {
  const parameter = sharedParameter(kernels, 'poses', [photos, numbers], () => {});
  const { data, gradient } = parameter;
  const offsetsOf = (photo: number) =>
    Array.from({ length: numbers }, (_, k) => {
      let sum = 0;
      for (let row = k; row < data.length; row += numbers) sum += data[row]!;
      return data[photo * numbers + k]! - sum / photos;
    });
  return {
    parameter,
    corrected(photo, m) {
      const [...turn] = expMapSO3xR3(offsetsOf(photo));
      return [0, 1, 2].flatMap((row) => {
        const [a, b, c, step] = turn.slice(4 * row, 4 * row + 4) as [number, number, number, number];
        const turned = [0, 1, 2].map((column) => a * m[column]! + b * m[4 + column]! + c * m[8 + column]!);
        return [...turned, m[4 * row + 3]! + step];
      });
    },
    backward(photo, slopes) {
      const [, , , x, y, z] = offsetsOf(photo) as [number, number, number, number, number, number];
      const [sx, sy, sz, ...turn] = slopes as unknown as [number, number, number, ...Vector3];
      const own = [sx, sy, sz, ...leftJacobianTransposed([x, y, z], turn)];
      for (let row = 0; row < photos; row++)
        for (let k = 0; k < numbers; k++)
          gradient.data[row * numbers + k] = own[k]! * ((row === photo ? 1 : 0) - 1 / photos);
    },
  };
}

/** `Jᵀ v` of the rotation vector `w`: exp(w + d) = exp(J d) exp(w) (Solà, Deray, Atchuthan 2018, equation 145). */
function leftJacobianTransposed(w: Vector3, v: Vector3): Vector3 {
  const angle = Math.hypot(...w);
  const [a, b] =
    angle < 1e-3
      ? [1 / 2, 1 / 6]
      : [(1 - Math.cos(angle)) / angle ** 2, (angle - Math.sin(angle)) / angle ** 3];
  const turned = cross(w, v);
  return addScaled(addScaled(v, turned, -a), cross(w, turned), b);
}
