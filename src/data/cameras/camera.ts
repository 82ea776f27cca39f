/** What a camera is: intrinsics in pixels, lens model, pose. */
import type { LensModel, LensParameters } from './lenses.ts';

/** Lens models that every model trains on, in the spelling of nerfstudio's `transforms.json`; every pinhole model is `OPENCV` without distortion. */
export const cameraModels = ['OPENCV', 'OPENCV_FISHEYE', 'EQUIRECTANGULAR'] as const;
/** These, and those of lenses.ts, whose directions alone are known: splats, which have to be projected, are seen by them through pinhole views (models/splat/lensFaces.ts). */
export type CameraModel = (typeof cameraModels)[number] | LensModel;

/** k1, k2, k3, k4 (radial), p1, p2 (tangential), as OpenCV defines them. */
export type Distortion = readonly [number, number, number, number, number, number];

/** How pixels become directions, in camera space. Cameras with equal intrinsics share what is computed from them. */
export interface Intrinsics {
  readonly model: CameraModel;
  /** Pixels. */
  readonly width: number;
  readonly height: number;
  /** Focal lengths in pixels. */
  readonly fx: number;
  readonly fy: number;
  /** Principal point in pixels; the centre of the top left pixel is (0.5, 0.5). */
  readonly cx: number;
  readonly cy: number;
  /** Absent: no distortion. Never set but for `OPENCV` and `OPENCV_FISHEYE`. */
  readonly distortion?: Distortion;
  /** Numbers of a model of lenses.ts. */
  readonly lens?: LensParameters;
}

/** One posed camera. */
export interface Camera extends Intrinsics {
  /** [3, 4] row-major, OpenGL axes (+x right, +y up, looks along -z), in the model's coordinates. */
  readonly cameraToWorld: readonly number[];
  /**
   * Of an equirectangular camera: each ray begins so far to the right of the camera, as somebody stands who turned round to look along it; an eye of
   * omnidirectional stereo, the left one's is negative. In units of the pose.
   */
  readonly eyeOffset?: number;
}

/** Whether two cameras see the same directions in camera space. */
export function sameIntrinsics(a: Intrinsics, b: Intrinsics): boolean {
  return (
    a.model === b.model &&
    a.width === b.width &&
    a.height === b.height &&
    a.fx === b.fx &&
    a.fy === b.fy &&
    a.cx === b.cx &&
    a.cy === b.cy &&
    (a.distortion ?? []).join() === (b.distortion ?? []).join() &&
    (a.lens ?? []).join() === (b.lens ?? []).join()
  );
}
