/** How the visitor's camera moves: turns around what it looks at, shifts, comes nearer, flies. Plain functions from pose to pose. */
import { lookAt } from '../../../data/poses/lookAt.ts';
import { addScaled, columnOf, cross, dot, normalize, type Vector3 } from '../../../data/vector3.ts';

/** Where the visitor's camera is, and how far away the point is that it turns around. */
export interface ViewPose {
  /** [3, 4] row-major, OpenGL axes (+x right, +y up, looks along -z), in the model's coordinates. */
  readonly cameraToWorld: readonly number[];
  /** From the camera to its pivot, which lies straight ahead; above 0. */
  readonly distance: number;
}

/** Nearer to straight up or down than this (radians) no camera tilts: sideways would have no meaning there. */
const poleMargin = 0.03;

/** An upright camera at `position` that looks at `pivot`. */
export function poseLookingAt(position: Vector3, pivot: Vector3, up: Vector3): ViewPose {
  const distance = Math.hypot(...addScaled(position, pivot, -1));
  return { cameraToWorld: lookAt(position, pivot, up), distance: Math.max(distance, 1e-6) };
}

/** The point that the camera turns around. */
export function pivotOf({ cameraToWorld, distance }: ViewPose): Vector3 {
  return addScaled(columnOf(cameraToWorld, 3), columnOf(cameraToWorld, 2), -distance);
}

/**
 * Turns the camera around its pivot, which stays in the middle of the picture.
 * @param yaw radians around `up`, counter-clockwise seen from above
 * @param pitch radians around the camera's own x axis; positive lowers it. It stops at the poles
 */
export function orbit(pose: ViewPose, up: Vector3, yaw: number, pitch: number): ViewPose {
  const turned = turn(pose.cameraToWorld, up, yaw, pitch);
  const position = addScaled(pivotOf(pose), columnOf(turned, 2), pose.distance);
  return { ...pose, cameraToWorld: withPosition(turned, position) };
}

/** Turns the camera where it stands; angles as for {@link orbit}. */
export function lookAround(pose: ViewPose, up: Vector3, yaw: number, pitch: number): ViewPose {
  const turned = turn(pose.cameraToWorld, up, yaw, pitch);
  return { ...pose, cameraToWorld: withPosition(turned, columnOf(pose.cameraToWorld, 3)) };
}

/** Moves the camera along its own axes. @param right, above, ahead as shares of the distance to the pivot, which moves along */
export function move(pose: ViewPose, right: number, above: number, ahead: number): ViewPose {
  const [x, y, z] = ([0, 1, 2] as const).map((column) => columnOf(pose.cameraToWorld, column)) as [
    Vector3,
    Vector3,
    Vector3,
  ];
  const steps = [right, above, -ahead].map((share) => share * pose.distance);
  const from = columnOf(pose.cameraToWorld, 3);
  const to = addScaled(addScaled(addScaled(from, x, steps[0]!), y, steps[1]!), z, steps[2]!);
  return { ...pose, cameraToWorld: withPosition(pose.cameraToWorld, to) };
}

/** Comes nearer to the pivot or leaves it. @param factor of the distance, above 0 */
export function dolly(pose: ViewPose, factor: number): ViewPose {
  const distance = Math.max(1e-4, pose.distance * factor);
  const position = addScaled(pivotOf(pose), columnOf(pose.cameraToWorld, 2), distance);
  return { cameraToWorld: withPosition(pose.cameraToWorld, position), distance };
}

/** The camera turned around its viewing direction until its horizon is level. */
export function levelled(pose: ViewPose, up: Vector3): ViewPose {
  return poseLookingAt(columnOf(pose.cameraToWorld, 3), pivotOf(pose), up);
}

function turn(cameraToWorld: readonly number[], up: Vector3, yaw: number, pitch: number): number[] {
  const axes = ([0, 1, 2] as const).map((column) =>
    rotated(columnOf(cameraToWorld, column), normalize(up), yaw),
  ) as [Vector3, Vector3, Vector3];
  const height = Math.acos(Math.max(-1, Math.min(1, dot(axes[2], normalize(up)))));
  const allowed = Math.max(poleMargin - height, Math.min(Math.PI - poleMargin - height, pitch));
  const [x, y, z] = axes.map((axis) => rotated(axis, axes[0], allowed)) as [Vector3, Vector3, Vector3];
  return [0, 1, 2].flatMap((row) => [x[row]!, y[row]!, z[row]!, 0]);
}

/** Rodrigues' rotation formula. @param axis of length 1 @param angle radians */
function rotated(vector: Vector3, axis: Vector3, angle: number): Vector3 {
  const along = addScaled([0, 0, 0], vector, Math.cos(angle));
  const aside = addScaled(along, cross(axis, vector), Math.sin(angle));
  return addScaled(aside, axis, dot(axis, vector) * (1 - Math.cos(angle)));
}

function withPosition(matrix: readonly number[], position: Vector3): number[] {
  return matrix.map((value, index) => (index % 4 === 3 ? position[(index - 3) / 4]! : value));
}
