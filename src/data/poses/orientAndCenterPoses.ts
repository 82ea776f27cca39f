/** Turns and shifts a set of camera poses so that the scene stands upright around the origin. */
import {
  addScaled,
  columnOf,
  composeTransforms,
  determinant,
  dot,
  mean,
  normalize,
  type Vector3,
} from '../vector3.ts';
import { focusOfAttention } from './focusOfAttention.ts';
import { rotationBetween } from './rotationBetween.ts';
import { symmetricEigen3 } from './symmetricEigen3.ts';

export type Orientation = 'up' | 'pca' | 'vertical' | 'overhead' | 'none';
export type Centering = 'poses' | 'focus' | 'none';

export interface OrientAndCenterOptions {
  /**
   * `up`: the cameras' mean up vector becomes +z. `vertical`: the direction that is most vertical in all images does.
   * `overhead`: the opposite of their mean viewing direction does.
   * `pca`: the principal directions of the camera positions become the axes. `none`: as they are.
   */
  readonly orientation: Orientation;
  /** What becomes the origin. `poses`: the mean position. `focus`: the point the cameras look at. `none`: as it is. */
  readonly center: Centering;
  /**
   * nerfstudio 1.1.5 has a slip: where `pca` came out upside down it turns the transform, but negates poses 1 and 2
   * instead of rows 1 and 2 of every pose. True reproduces that, for comparison only. Default false: poses and
   * transform agree.
   */
  readonly reproducePcaSlip?: boolean;
}

export interface OrientedPoses {
  /** Each [3, 4]. */
  readonly poses: readonly (readonly number[])[];
  /** [3, 4] row-major: what was applied to each pose from the left. */
  readonly transform: readonly number[];
}

/**
 * @param poses cameras to world, each at least [3, 4] row-major (a fourth row is ignored), OpenGL axes; at least one.
 * Source: nerfstudio 1.1.5 `auto_orient_and_center_poses`.
 */
export function orientAndCenterPoses(
  poses: readonly (readonly number[])[],
  { orientation, center, reproducePcaSlip = false }: OrientAndCenterOptions,
): OrientedPoses {
  const origin = originOf(poses, center);
  const rotation = rotationOf(poses, orientation);
  let transform = toTransform(rotation, origin);
  const turned = poses.map((pose) => composeTransforms(transform, pose));
  const upsideDown = orientation === 'pca' && mean(turned.map((pose) => columnOf(pose, 1)))[2] < 0;
  if (!upsideDown) return { poses: turned, transform };
  transform = transform.map((value, index) => (index < 4 ? value : -value));
  if (reproducePcaSlip)
    return {
      poses: turned.map((pose, index) => (index === 1 || index === 2 ? pose.map((value) => -value) : pose)),
      transform,
    };
  return { poses: poses.map((pose) => composeTransforms(transform, pose)), transform };
}

function originOf(poses: readonly (readonly number[])[], center: Centering): Vector3 {
  if (center === 'none') return [0, 0, 0];
  const meanPosition = mean(poses.map((pose) => columnOf(pose, 3)));
  return center === 'poses' ? meanPosition : focusOfAttention(poses, meanPosition);
}

function rotationOf(poses: readonly (readonly number[])[], orientation: Orientation): readonly number[] {
  if (orientation === 'none') return [1, 0, 0, 0, 1, 0, 0, 0, 1];
  if (orientation === 'pca') return principalAxes(poses);
  const ups = mean(poses.map((pose) => columnOf(pose, orientation === 'overhead' ? 2 : 1)));
  // Cameras whose up vectors cancel out have no mean up: leave them as they are.
  if (Math.hypot(...ups) < 1e-9) return [1, 0, 0, 0, 1, 0, 0, 0, 1];
  const up = normalize(ups);
  return rotationBetween(orientation === 'vertical' ? verticalOf(poses, up) : up, [0, 0, 1]);
}

/** Principal directions of the camera positions, the largest first, in the columns of a right-handed matrix. */
function principalAxes(poses: readonly (readonly number[])[]): readonly number[] {
  const positions = poses.map((pose) => columnOf(pose, 3));
  const center = mean(positions);
  const { vectors } = symmetricEigen3(gram(positions.map((position) => addScaled(position, center, -1))));
  const axes = [0, 1, 2].flatMap((row) => [2, 1, 0].map((column) => vectors[row * 3 + column]!));
  const [a, b, c] = [axes.slice(0, 3), axes.slice(3, 6), axes.slice(6, 9)] as unknown as Vector3[];
  const handedness = determinant(a!, b!, c!) < 0 ? -1 : 1;
  return axes.map((value, index) => (index % 3 === 2 ? handedness * value : value));
}

/**
 * The direction at right angles to all cameras' x axes in least squares. Where that is not well defined (all x axes
 * nearly parallel), the part of `up` at right angles to the x axes' main direction.
 */
function verticalOf(poses: readonly (readonly number[])[], up: Vector3): Vector3 {
  const { values, vectors } = symmetricEigen3(gram(poses.map((pose) => columnOf(pose, 0))));
  const vector = (index: number) =>
    [vectors[index]!, vectors[3 + index]!, vectors[6 + index]!] as unknown as Vector3;
  // Eigenvalues of XᵀX are squared singular values of X; 0.17 = cos(80°).
  if (Math.sqrt(Math.max(0, values[1]!)) > 0.17 * Math.sqrt(poses.length)) {
    const vertical = vector(0);
    return dot(vertical, up) > 0 ? vertical : addScaled([0, 0, 0], vertical, -1);
  }
  return normalize(addScaled(up, vector(2), -dot(up, vector(2))));
}

/** Sum of v vᵀ, [3, 3]. */
function gram(vectors: readonly Vector3[]): number[] {
  const sums = new Array<number>(9).fill(0);
  for (const vector of vectors)
    for (let index = 0; index < 9; index++)
      sums[index]! += vector[Math.floor(index / 3)]! * vector[index % 3]!;
  return sums;
}

/** [rotation | rotation * -origin] */
function toTransform(rotation: readonly number[], origin: Vector3): number[] {
  return [0, 1, 2].flatMap((row) => {
    const axis = rotation.slice(row * 3, row * 3 + 3) as unknown as Vector3;
    return [...axis, 0 - dot(axis, origin)];
  });
}
