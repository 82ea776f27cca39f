/** The splats' own coordinates: the training cameras lie in the unit ball about the origin, so that learning rates fit every scene. */
import type { Camera } from '../../data/cameras/camera.ts';
import type { CropTransform } from '../../pipeline/pipeline.ts';

/** `own = (model - center) * scale` */
export interface SplatSpace {
  readonly center: readonly [number, number, number];
  readonly scale: number;
}

/** A little more than the distance of the farthest camera from their mean (INRIA's scene extent) becomes 1. */
const extentFactor = 1.1;

/** @param cameras of the training photos; if all stand in one place, lengths stay as they are */
export function splatSpaceOf(cameras: readonly Camera[]): SplatSpace {
  const positions = cameras.map(({ cameraToWorld: m }) => [m[3]!, m[7]!, m[11]!] as const);
  const center = [0, 1, 2].map(
    (axis) => positions.reduce((sum, position) => sum + position[axis]!, 0) / positions.length,
  ) as [number, number, number];
  const spread = Math.max(...positions.map((p) => Math.hypot(...p.map((value, k) => value - center[k]!))));
  return { center, scale: spread > 1e-9 ? 1 / (extentFactor * spread) : 1 };
}

/** The camera in the splats' coordinates. */
export function cameraInSpace(camera: Camera, { center, scale }: SplatSpace): Camera {
  const cameraToWorld = [...camera.cameraToWorld];
  for (const [axis, at] of [3, 7, 11].entries())
    cameraToWorld[at] = (cameraToWorld[at]! - center[axis]!) * scale;
  return { ...camera, cameraToWorld };
}

/** The box in the splats' coordinates. */
export function cropInSpace(crop: CropTransform, { center, scale }: SplatSpace): CropTransform {
  return [0, 4, 8].flatMap((at) => {
    const row = crop.slice(at, at + 3);
    const moved = row.reduce((sum, value, axis) => sum + value * center[axis]!, crop[at + 3]!);
    return [...row.map((value) => value / scale), moved];
  });
}
