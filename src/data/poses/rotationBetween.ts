/** The rotation that takes one direction to another. */
import { cross, dot, normalize, type Vector3 } from '../vector3.ts';

/**
 * The [3, 3] row-major rotation that turns `from` into the direction of `to`; for opposite directions, half a turn
 * about an axis at right angles. Neither may be zero.
 * Source: nerfstudio 1.1.5 `rotation_matrix_between`; Rodrigues' rotation formula.
 */
export function rotationBetween(from: Vector3, to: Vector3): number[] {
  const a = normalize(from);
  const b = normalize(to);
  let axis = cross(a, b);
  if (Math.abs(axis[0]) + Math.abs(axis[1]) + Math.abs(axis[2]) < 1e-6)
    axis = cross(a, Math.abs(a[0]) < 1e-6 ? [1, 0, 0] : [0, 1, 0]);
  const [x, y, z] = normalize(axis);
  const angle = Math.acos(Math.min(1, Math.max(-1, dot(a, b))));
  const sine = Math.sin(angle);
  const versine = 1 - Math.cos(angle);
  return [
    1 - versine * (y * y + z * z),
    -sine * z + versine * x * y,
    sine * y + versine * x * z,
    sine * z + versine * x * y,
    1 - versine * (x * x + z * z),
    -sine * x + versine * y * z,
    -sine * y + versine * x * z,
    sine * x + versine * y * z,
    1 - versine * (x * x + y * y),
  ];
}
