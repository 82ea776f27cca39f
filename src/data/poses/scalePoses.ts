/** Brings camera positions to the size the models expect. */

/**
 * The factor that makes the largest absolute coordinate of any camera position 1. It is 1 when all cameras stand in
 * the origin, where no factor would.
 *
 * @param poses each [3, 4] row-major.
 * Source: nerfstudio 1.1.5 `auto_scale_poses`.
 */
export function autoScaleOf(poses: readonly (readonly number[])[]): number {
  let largest = 0;
  for (const pose of poses)
    for (const index of [3, 7, 11]) largest = Math.max(largest, Math.abs(pose[index]!));
  return largest > 1e-12 ? 1 / largest : 1;
}

/** A copy of the [3, 4] pose with its position multiplied by `factor`; its axes stay. */
export function scalePosition(pose: readonly number[], factor: number): number[] {
  return pose.map((value, index) => (index % 4 === 3 ? value * factor : value));
}
