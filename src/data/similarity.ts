/** Turned, scaled and moved: from one coordinate frame to another. */
import type { Camera } from './cameras/camera.ts';
import type { WorldToModel } from './scene.ts';
import { composeTransforms } from './vector3.ts';

/** `new = scale * rotation * old + translation` */
export interface Similarity {
  /** [3, 3] row-major, a rotation */
  readonly rotation: readonly number[];
  readonly scale: number;
  readonly translation: readonly number[];
}

/** Whose coordinates: the data set's own, or the model's, in which cameras are placed for training. */
export type CoordinateFrame = 'world' | 'model';

/** From the model's coordinates to those of `frame`. */
export function fromModelTo(frame: CoordinateFrame, worldToModel: WorldToModel): Similarity {
  return frame === 'model' ? unmoved : inverseOf(worldToModel);
}

const unmoved: Similarity = { rotation: [1, 0, 0, 0, 1, 0, 0, 0, 1], scale: 1, translation: [0, 0, 0] };

/** The inverse of `new = scale * (transform * old)`, which is how a scene tells its place: back to the data set's coordinates. */
export function inverseOf({ transform, scale }: WorldToModel): Similarity {
  const rotation = [0, 1, 2].flatMap((row) => [0, 1, 2].map((column) => transform[column * 4 + row]!));
  const moved = [3, 7, 11].map((at) => transform[at]!);
  const translation = [0, 1, 2].map(
    (row) => -moved.reduce((sum, value, k) => sum + rotation[row * 3 + k]! * value, 0),
  );
  return { rotation, scale: 1 / scale, translation };
}

/** First `first`, then `second`. */
export function after(second: Similarity, first: Similarity): Similarity {
  const matrix = ({ rotation, translation }: Similarity, factor = 1) =>
    [0, 1, 2].flatMap((row) => [...rotation.slice(row * 3, row * 3 + 3), translation[row]! * factor]);
  // scale2 R2 (scale1 R1 x + t1) + t2 = scale2 scale1 (R2 R1 x + R2 t1 / scale1) + t2
  const composed = composeTransforms(matrix({ ...second, translation: [0, 0, 0] }), matrix(first));
  const rotation = [0, 1, 2].flatMap((row) => composed.slice(row * 4, row * 4 + 3));
  return {
    rotation,
    scale: second.scale * first.scale,
    translation: [3, 7, 11].map((at, row) => second.scale * composed[at]! + second.translation[row]!),
  };
}

/** The point (x, y, z) in the new coordinates. */
export function movedPoint(
  { rotation: r, scale, translation }: Similarity,
  x: number,
  y: number,
  z: number,
): [number, number, number] {
  const along = (row: 0 | 1 | 2) =>
    scale * (r[row * 3]! * x + r[row * 3 + 1]! * y + r[row * 3 + 2]! * z) + translation[row]!;
  return [along(0), along(1), along(2)];
}

/** The camera in the new coordinates: its axes turn, its place turns, scales and moves. */
export function movedCamera<C extends Pick<Camera, 'cameraToWorld'>>(camera: C, similarity: Similarity): C {
  const m = camera.cameraToWorld;
  const axes = { ...similarity, scale: 1, translation: [0, 0, 0] };
  const columns = [
    ...[0, 1, 2].map((column) => movedPoint(axes, m[column]!, m[4 + column]!, m[8 + column]!)),
    movedPoint(similarity, m[3]!, m[7]!, m[11]!),
  ];
  return { ...camera, cameraToWorld: [0, 1, 2].flatMap((row) => columns.map((column) => column[row]!)) };
}

/** Positions, [points, 3], as a scene's transform and scale have them: `scale * (transform * position)`, in `into`, which is as long. */
export function placePositions<Positions extends Float32Array | Float64Array>(
  positions: ArrayLike<number>,
  { transform: m, scale }: WorldToModel,
  into: Positions,
): Positions {
  for (let at = 0; at < positions.length; at += 3)
    for (let axis = 0; axis < 3; axis++) {
      const row = axis * 4;
      into[at + axis] =
        scale *
        (m[row]! * positions[at]! +
          m[row + 1]! * positions[at + 1]! +
          m[row + 2]! * positions[at + 2]! +
          m[row + 3]!);
    }
  return into;
}
