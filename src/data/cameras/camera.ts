/** What a camera is: intrinsics in pixels, lens model, pose. */

/** Lens models, in the spelling of nerfstudio's `transforms.json`; every pinhole model is `OPENCV` without distortion. */
export const cameraModels = ['OPENCV', 'OPENCV_FISHEYE', 'EQUIRECTANGULAR'] as const;
export type CameraModel = (typeof cameraModels)[number];

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
  /** Absent: no distortion. Never set for `EQUIRECTANGULAR`. */
  readonly distortion?: Distortion;
}

/** One posed camera. */
export interface Camera extends Intrinsics {
  /** [3, 4] row-major, OpenGL axes (+x right, +y up, looks along -z), in the model's coordinates. */
  readonly cameraToWorld: readonly number[];
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
    (a.distortion ?? []).join() === (b.distortion ?? []).join()
  );
}
