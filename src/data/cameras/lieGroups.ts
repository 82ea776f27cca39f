/**
 * Exponential maps from a tangent vector (translation, then rotation: 6 numbers) to a pose [3, 4] row-major, as pose
 * optimization needs them. Source: nerfstudio 1.1.5 `lie_groups.py`, including its treatment of small angles.
 */
import { addScaled, cross, dot, type Vector3 } from '../vector3.ts';

/** `SO(3) x R³`: the translation is taken as it is. `tangent` has 6 elements. */
export function expMapSO3xR3(tangent: ArrayLike<number>): number[] {
  const { translation, rotation } = split(tangent);
  const angle = Math.sqrt(Math.max(dot(rotation, rotation), 1e-4));
  const first = Math.sin(angle) / angle;
  const second = (1 - Math.cos(angle)) / (angle * angle);
  return toPose((axis) => {
    const turned = cross(rotation, axis);
    return addScaled(addScaled(axis, turned, first), cross(rotation, turned), second);
  }, translation);
}

/** `SE(3)`: translation and rotation happen together, along a screw. `tangent` has 6 elements. */
export function expMapSE3(tangent: ArrayLike<number>): number[] {
  const { translation, rotation } = split(tangent);
  const angle = Math.hypot(...rotation);
  const square = angle * angle;
  const small = angle < 1e-2;
  const cosine = small ? 8 / (4 + square) - 1 : Math.cos(angle);
  const sineRatio = small ? 0.5 * cosine + 0.5 : Math.sin(angle) / angle;
  const cosineRatio = small ? 0.5 * sineRatio : (1 - cosine) / square;
  const along = dot(rotation, translation);
  const moved = addScaled(
    addScaled(
      addScaled([0, 0, 0], translation, small ? 1 - square / 6 : sineRatio),
      cross(rotation, translation),
      small ? 0.5 - square / 24 : cosineRatio,
    ),
    rotation,
    (small ? 1 / 6 - square / 120 : (angle - Math.sin(angle)) / (square * angle)) * along,
  );
  return toPose((axis) => {
    const scaled = addScaled([0, 0, 0], axis, cosine);
    return addScaled(
      addScaled(scaled, cross(rotation, axis), sineRatio),
      rotation,
      cosineRatio * dot(rotation, axis),
    );
  }, moved);
}

function split(tangent: ArrayLike<number>): { translation: Vector3; rotation: Vector3 } {
  const [x, y, z, a, b, c] = Array.from(tangent) as [number, number, number, number, number, number];
  return { translation: [x, y, z], rotation: [a, b, c] };
}

/** The pose whose columns are the rotated unit vectors and the translation. */
function toPose(rotate: (axis: Vector3) => Vector3, translation: Vector3): number[] {
  const columns = [rotate([1, 0, 0]), rotate([0, 1, 0]), rotate([0, 0, 1]), translation];
  return [0, 1, 2].flatMap((row) => columns.map((column) => column[row]!));
}
