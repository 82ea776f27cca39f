/** Chooses a capture's centre, upright direction and scale from what its cameras say. */
import { addScaled, columnOf, dot, type Vector3 } from '../vector3.ts';
import { focusOfAttention } from './focusOfAttention.ts';
import type { Centering, Orientation } from './orientAndCenterPoses.ts';

/** A choice, and why, as the end of a sentence. */
export interface Choice<Value> {
  readonly value: Value;
  readonly why: string;
}

/** Of the cameras, so many must have the point that they look at before them. */
const facingShare = 0.75;
/** Up vectors whose mean is shorter say nothing: the cameras were turned every way. */
const shortestMeanUp = 0.3;
const shortestMeanView = 0.7;

/**
 * `focus` where the cameras look at a common point: most have it before them, and their axes pass it more closely (in the mean square, by
 * half) than they pass the cameras' mean position when all look the same way. Else `poses`: cameras that look outwards, that walk through rooms,
 * or whose views are parallel, as a drone's that looks straight down.
 *
 * @param poses cameras to world, each at least [3, 4] row-major, OpenGL axes; at least one
 */
export function chooseCenter(poses: readonly (readonly number[])[]): Choice<Exclude<Centering, 'none'>> {
  const mean = meanOf(poses, 3);
  const view = addScaled([0, 0, 0], meanOf(poses, 2), -1);
  const focus = focusOfAttention(poses, mean);
  let [facing, fromFocus, fromMean] = [0, 0, 0];
  for (const pose of poses) {
    const axis = columnOf(pose, 2);
    const toFocus = addScaled(focus, columnOf(pose, 3), -1);
    const depth = -dot(toFocus, axis);
    if (depth > 0) facing++;
    fromFocus += Math.max(0, dot(toFocus, toFocus) - depth * depth);
    const toMean = addScaled(mean, columnOf(pose, 3), -1);
    fromMean += dot(toMean, toMean) - dot(toMean, view) ** 2;
  }
  if (facing < facingShare * poses.length)
    return { value: 'poses', why: 'the cameras look in all directions or outwards' };
  if (fromFocus > fromMean / 2) return { value: 'poses', why: 'the views are parallel or meet nowhere' };
  return { value: 'focus', why: 'the cameras look at a common point' };
}

/** The point that the cameras look at in common; undefined where {@link chooseCenter} finds none. */
export function commonFocus(poses: readonly (readonly number[])[]): Vector3 | undefined {
  return chooseCenter(poses).value === 'focus' ? focusOfAttention(poses, meanOf(poses, 3)) : undefined;
}

/** `up`, or `overhead` where the cameras look the same way and were turned so that their up vectors cancel out: they look down. */
export function chooseOrientation(poses: readonly (readonly number[])[]): Choice<Orientation> {
  const [up, view] = [Math.hypot(...meanOf(poses, 1)), Math.hypot(...meanOf(poses, 2))];
  return up < shortestMeanUp && view > shortestMeanView
    ? { value: 'overhead', why: 'the cameras look down, turned every way' }
    : { value: 'up', why: "the cameras' mean up" };
}

/** Half of the cameras are nearer to what they look at than 1 / 1.2; one far away does not shrink the rest. */
const reach = 1.2;

/**
 * The factor that brings what is looked at to the inner part of the model's space: where the cameras look at the origin, the median of their
 * distances becomes 1 / 1.2, whatever the farthest one is.
 *
 * @param poses each at least [3, 4] row-major, centred
 * @returns undefined where most cameras stand in the origin
 */
export function scaleOfFocus(poses: readonly (readonly number[])[]): number | undefined {
  const distances = poses.map((pose) => Math.hypot(...columnOf(pose, 3))).sort((a, b) => a - b);
  const median = distances[distances.length >> 1]!;
  return median > 1e-12 ? 1 / (reach * median) : undefined;
}

function meanOf(poses: readonly (readonly number[])[], column: 1 | 2 | 3): Vector3 {
  let sum: Vector3 = [0, 0, 0];
  for (const pose of poses) sum = addScaled(sum, columnOf(pose, column), 1 / poses.length);
  return sum;
}
