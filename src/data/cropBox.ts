/** Boxes that say which part of a scene counts, and where rays pass them. */
import type { CropTransform } from '../pipeline/pipeline.ts';
import type { Rays } from './rayBatch.ts';
import type { Similarity } from './similarity.ts';
import type { Vector3 } from './vector3.ts';

/** Corners of an axis-aligned box: minimum x, y, z, then maximum x, y, z. */
export type CropBox = readonly number[];

/** The box as models take it. @param placement from the model's coordinates to those of the box */
export function cropTransform(box: CropBox, { rotation, scale, translation }: Similarity): CropTransform {
  return [0, 1, 2].flatMap((axis) => {
    const [low, high] = [box[axis]!, box[axis + 3]!];
    const half = (high - low) / 2;
    const row = rotation.slice(axis * 3, axis * 3 + 3).map((value) => (value * scale) / half);
    return [...row, (translation[axis]! - (low + high) / 2) / half];
  });
}

/**
 * A box of nerfstudio's: turned by roll, pitch and yaw (about x, then y, then z, radians) about its centre.
 * Source: nerfstudio 1.1.5 `OrientedBox.from_params`.
 * @param size of the whole box along its own axes, each above 0
 */
export function orientedBox(center: Vector3, [roll, pitch, yaw]: Vector3, size: Vector3): CropTransform {
  const [cr, sr, cp, sp] = [Math.cos(roll), Math.sin(roll), Math.cos(pitch), Math.sin(pitch)];
  const [cy, sy] = [Math.cos(yaw), Math.sin(yaw)];
  // The columns of Rz Ry Rx: the box's own axes.
  const axes: readonly Vector3[] = [
    [cy * cp, sy * cp, -sp],
    [cy * sp * sr - sy * cr, sy * sp * sr + cy * cr, cp * sr],
    [cy * sp * cr + sy * sr, sy * sp * cr - cy * sr, cp * cr],
  ];
  return axes.flatMap((axis, k) => {
    const row = axis.map((value) => (2 * value) / size[k]!);
    return [...row, -row.reduce((sum, value, j) => sum + value * center[j]!, 0)];
  });
}

/** The box of {@link orientedBox}, back from the transform: `rotation` is roll, pitch and yaw, the pitch from -pi/2 to pi/2. */
export function orientationOf(crop: CropTransform): {
  readonly center: Vector3;
  readonly rotation: Vector3;
  readonly size: Vector3;
} {
  const rows = [0, 4, 8].map((at) => crop.slice(at, at + 3));
  const size = rows.map((row) => 2 / Math.hypot(...row));
  // The box's own axes; the centre is what the transform brings to 0.
  const axes = rows.map((row, k) => row.map((value) => (value * size[k]!) / 2));
  const center = [0, 1, 2].map((j) =>
    axes.reduce((sum, axis, k) => sum - (axis[j]! * crop[k * 4 + 3]! * size[k]!) / 2, 0),
  );
  const [[xx, xy, xz], [, , yz], [, , zz]] = axes as [number[], number[], number[]];
  const rotation = [Math.atan2(yz!, zz!), Math.asin(Math.max(-1, Math.min(1, -xz!))), Math.atan2(xy!, xx!)];
  return {
    center: center as unknown as Vector3,
    rotation: rotation as unknown as Vector3,
    size: size as unknown as Vector3,
  };
}

/**
 * The part of a ray's stretch that lies within the box; the beginning twice where none does.
 * @param at where the ray's numbers begin in `origins` and `directions`
 */
export function stretchWithin(
  crop: CropTransform,
  { origins, directions }: Rays,
  at: number,
  [begin, end]: readonly [number, number],
): readonly [number, number] {
  let [enter, leave] = [begin, end];
  for (let row = 0; row < 12; row += 4) {
    let [origin, direction] = [crop[row + 3]!, 0];
    for (let axis = 0; axis < 3; axis++) {
      origin += crop[row + axis]! * origins[at + axis]!;
      direction += crop[row + axis]! * directions[at + axis]!;
    }
    if (direction === 0 && Math.abs(origin) > 1) return [begin, begin];
    if (direction === 0) continue;
    const [a, b] = [(-1 - origin) / direction, (1 - origin) / direction];
    enter = Math.max(enter, Math.min(a, b));
    leave = Math.min(leave, Math.max(a, b));
  }
  return leave > enter ? [enter, leave] : [begin, begin];
}
