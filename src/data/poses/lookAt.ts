/** Poses of cameras that look at something. */
import { addScaled, cross, normalize, type Vector3 } from '../vector3.ts';

/** @returns camera to world, [3, 4], OpenGL axes; upright as `up` says, or in any way where it looks along `up` */
export function lookAt(position: Vector3, target: Vector3, up: Vector3): number[] {
  const back = normalize(addScaled(position, target, -1));
  const sideways = cross(up, back);
  const right = normalize(Math.hypot(...sideways) > 1e-9 ? sideways : anyAcross(back));
  const above = cross(back, right);
  return [0, 1, 2].flatMap((row) => [right[row]!, above[row]!, back[row]!, position[row]!]);
}

/** A direction at right angles to `a`, of any length. */
export function anyAcross(a: Vector3): Vector3 {
  return Math.abs(a[0]) < 0.9 ? cross(a, [1, 0, 0]) : cross(a, [0, 1, 0]);
}
