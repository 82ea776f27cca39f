/** Poses of single photos, corrected while the splats are trained: those of a phone or of few features are a little off. */
import type { Camera } from '../../data/cameras/camera.ts';
import { expMapSO3xR3 } from '../../data/cameras/lieGroups.ts';
import { addScaled, composeTransforms, cross, type Vector3 } from '../../data/vector3.ts';
import type { KernelPool } from '../../kernels/kernelPool.ts';
import type { SharedParameter } from '../../tensors/sharedTensor.ts';
import { createPhotoRows } from './photoRows.ts';

export interface PhotoPoses {
  /**
   * `poses` [photos, 6] float32: a step along x, y, z, and a turn of the camera where it stands (axis times radians), both in the splats' coordinates (nerfstudio's
   * `SO3xR3`, there along the camera's own axes). By {@link createPhotoRows}: together the cameras stay where they are.
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
  const { parameter, offsetsOf, backward } = createPhotoRows(kernels, 'poses', photos, numbers);
  return {
    parameter,
    corrected(photo, cameraToWorld) {
      const change = expMapSO3xR3(offsetsOf(photo));
      const moved = composeTransforms(change, cameraToWorld);
      // A turn where the camera stands, not about the origin.
      for (const at of [3, 7, 11]) moved[at] = cameraToWorld[at]! + change[at]!;
      return moved;
    },
    backward(photo, slopes) {
      const [, , , x, y, z] = offsetsOf(photo) as [number, number, number, number, number, number];
      const [sx, sy, sz, ...turn] = slopes as unknown as [number, number, number, ...Vector3];
      backward(photo, [sx, sy, sz, ...leftJacobianTransposed([x, y, z], turn)]);
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
