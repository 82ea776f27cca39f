/** From a data set's own coordinates to the model's. */
import type { WorldToModel } from '../scene.ts';
import { type OrientAndCenterOptions, orientAndCenterPoses } from './orientAndCenterPoses.ts';
import { autoScaleOf, scalePosition } from './scalePoses.ts';

export interface PlacementOptions extends OrientAndCenterOptions {
  /** Scale so that the farthest coordinate of a camera is 1. */
  readonly autoScale: boolean;
  /** Further factor on all positions. */
  readonly scale: number;
}

export interface PlacedPoses {
  /** Each [3, 4] row-major, in the model's coordinates. */
  readonly poses: readonly (readonly number[])[];
  readonly worldToModel: WorldToModel;
}

/** @param poses cameras to world, each at least [3, 4] row-major, OpenGL axes; at least one */
export function placePoses(poses: readonly (readonly number[])[], options: PlacementOptions): PlacedPoses {
  const { poses: turned, transform } = orientAndCenterPoses(poses, options);
  const scale = options.scale * (options.autoScale ? autoScaleOf(turned) : 1);
  return { poses: turned.map((pose) => scalePosition(pose, scale)), worldToModel: { transform, scale } };
}
