/** A camera in the words of the splat kernels: world to camera, lens, and what of the plane z = 1 the photo shows. */
import type { Camera } from '../../data/cameras/camera.ts';
import { pointDirection } from '../../data/cameras/cameraDirections.ts';

type PoseField = `r${0 | 1 | 2}${0 | 1 | 2}` | `t${0 | 1 | 2}` | `position${'X' | 'Y' | 'Z'}`;
type ViewField =
  | PoseField
  | ('fx' | 'fy' | 'cx' | 'cy' | 'lens' | `k${1 | 2 | 3 | 4}` | 'p1' | 'p2')
  | ('leftU' | 'rightU' | 'topV' | 'bottomV' | 'leastU' | 'mostU' | 'leastV' | 'mostV')
  | ('width' | 'height');

/** Fields of the kernels' plan; see src/kernels/assembly/splatPlan.ts. */
export type SplatView = Readonly<Record<ViewField, number>>;

/** Points looked at on each side of the picture to find what the lens shows. */
const borderPoints = 32;
/** tan 80°: farther from the axis a fisheye's splats are not linear enough to be ellipses. */
const farthest = Math.tan((80 / 180) * Math.PI);
/** Share of the picture beyond its border up to which a splat's ellipse follows the lens; as INRIA's, where it is 0.15 (of the half width 0.3). */
const margin = 0.15;
/** Of a fisheye's p1 and p2: kernels bend by them what lies on the plane z = 1, lenses what they have bent. Up to here these differ by a pixel far from the axis. */
const mostTangential = 1e-4;

const lensKinds = { pinhole: 0, distorted: 1, fisheye: 2 } as const;

/** Whether the kernels project through this lens: pinholes, OpenCV's distortion, and its fisheye without tangential distortion. Others are seen through faces: see lensFaces.ts. */
export function hasProjection({ model, distortion }: Pick<Camera, 'model' | 'distortion'>): boolean {
  if (model === 'OPENCV') return true;
  const [p1, p2] = distortion?.slice(4) ?? [];
  return model === 'OPENCV_FISHEYE' && Math.max(Math.abs(p1 ?? 0), Math.abs(p2 ?? 0)) <= mostTangential;
}

/** The camera, of a lens that {@link hasProjection}, at a resolution halved `level` times. */
export function splatView(camera: Camera, level = 0): SplatView {
  const { model, distortion } = camera;
  const [k1, k2, k3, k4, p1, p2] = distortion ?? [0, 0, 0, 0, 0, 0];
  const factor = 2 ** -level;
  const lens =
    model === 'OPENCV_FISHEYE' ? lensKinds.fisheye : distortion ? lensKinds.distorted : lensKinds.pinhole;
  const { left, right, top, bottom } = extentOf(camera);
  const [overU, overV] = [margin * (right - left), margin * (bottom - top)];
  return {
    ...viewPose(camera.cameraToWorld),
    ...{ fx: camera.fx * factor, fy: camera.fy * factor, cx: camera.cx * factor, cy: camera.cy * factor },
    ...{ lens, k1, k2, k3, k4, p1, p2, leftU: left, rightU: right, topV: top, bottomV: bottom },
    ...{ leastU: left - overU, mostU: right + overU, leastV: top - overV, mostV: bottom + overV },
    ...{ width: levelSize(camera.width, level), height: levelSize(camera.height, level) },
  };
}

/** Where a view looks from. @param m camera to world, [3, 4] row-major */
export function viewPose(m: Camera['cameraToWorld']): Readonly<Record<PoseField, number>> {
  const [px, py, pz] = [m[3]!, m[7]!, m[11]!];
  // OpenGL's axes to OpenCV's: y and z change their signs. The rows of world-to-camera are the columns of camera-to-world.
  const row = (column: number, sign: number) =>
    [m[column]!, m[4 + column]!, m[8 + column]!].map((value) => sign * value) as [number, number, number];
  const rows = [row(0, 1), row(1, -1), row(2, -1)] as const;
  const offset = (axis: 0 | 1 | 2) => -(rows[axis][0] * px + rows[axis][1] * py + rows[axis][2] * pz);
  return {
    ...{ r00: rows[0][0], r01: rows[0][1], r02: rows[0][2] },
    ...{ r10: rows[1][0], r11: rows[1][1], r12: rows[1][2] },
    ...{ r20: rows[2][0], r21: rows[2][1], r22: rows[2][2] },
    ...{ t0: offset(0), t1: offset(1), t2: offset(2), positionX: px, positionY: py, positionZ: pz },
  };
}

/** Pixels of a side that was halved `level` times; an odd one is left over each time. */
export function levelSize(size: number, level: number): number {
  return size >> level;
}

/** Smallest rectangle on the plane z = 1 (OpenCV's axes) that holds all that the photo shows. */
function extentOf(camera: Camera) {
  const { width, height } = camera;
  const direction = new Float64Array(3);
  const extent = { left: Infinity, right: -Infinity, top: Infinity, bottom: -Infinity };
  const look = (x: number, y: number) => {
    pointDirection(camera, x, y, direction);
    const [dx, dy, dz] = direction as unknown as [number, number, number];
    const across = Math.hypot(dx, dy);
    const scale = -dz * farthest > across ? -1 / dz : farthest / across;
    extent.left = Math.min(extent.left, dx * scale);
    extent.right = Math.max(extent.right, dx * scale);
    extent.top = Math.min(extent.top, -dy * scale);
    extent.bottom = Math.max(extent.bottom, -dy * scale);
  };
  for (let k = 0; k <= borderPoints; k++) {
    const [x, y] = [(width * k) / borderPoints, (height * k) / borderPoints];
    look(x, 0);
    look(x, height);
    look(0, y);
    look(width, y);
  }
  return extent;
}
