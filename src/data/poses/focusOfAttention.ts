/** The point that a set of cameras looks at. */
import { addScaled, columnOf, cross, determinant, dot, type Vector3 } from '../vector3.ts';

/**
 * The point nearest (in least squares) to the optical axes of the cameras that have it in front of them.
 * Falls back to the point found so far when fewer than two cameras look towards it, or when all axes are parallel.
 *
 * @param poses cameras to world, each [3, 4], OpenGL axes.
 * @param initial decides which cameras count in the first round, usually the mean position.
 * Source: nerfstudio 1.1.5 `focus_of_attention`; https://en.wikipedia.org/wiki/Line-line_intersection#In_more_than_two_dimensions
 */
export function focusOfAttention(poses: readonly (readonly number[])[], initial: Vector3): Vector3 {
  let focus = initial;
  let axes = poses.map((pose) => ({
    origin: columnOf(pose, 3),
    direction: addScaled([0, 0, 0], columnOf(pose, 2), -1),
  }));
  const seesFocus = ({ origin, direction }: (typeof axes)[number]) =>
    dot(direction, addScaled(focus, origin, -1)) > 0;
  for (;;) {
    const active = axes.filter(seesFocus);
    if (active.length < 2 || (active.length === axes.length && focus !== initial)) return focus;
    axes = active;
    const nearest = nearestPoint(axes);
    if (nearest === undefined) return focus;
    focus = nearest;
  }
}

/** Solves mean(MᵀM) x = mean(MᵀM o), with M = I - d dᵀ, by Cramer's rule. */
function nearestPoint(axes: readonly { origin: Vector3; direction: Vector3 }[]): Vector3 | undefined {
  const rows: [number[], number[], number[]] = [
    [0, 0, 0],
    [0, 0, 0],
    [0, 0, 0],
  ];
  const right = [0, 0, 0];
  for (const { origin, direction } of axes) {
    // MᵀM = I - (2 - |d|²) d dᵀ, which is M itself for unit vectors.
    const factor = 2 - dot(direction, direction);
    for (let row = 0; row < 3; row++)
      for (let column = 0; column < 3; column++) {
        const element = (row === column ? 1 : 0) - factor * direction[row]! * direction[column]!;
        rows[row]![column]! += element / axes.length;
        right[row]! += (element * origin[column]!) / axes.length;
      }
  }
  const [a, b, c] = rows as unknown as [Vector3, Vector3, Vector3];
  const volume = determinant(a, b, c);
  if (Math.abs(volume) < 1e-12) return undefined;
  // The matrix is symmetric: its columns are its rows.
  const solved = [cross(b, c), cross(c, a), cross(a, b)].map(
    (cofactors) => dot(cofactors, right as unknown as Vector3) / volume,
  );
  return solved as unknown as Vector3;
}
