/** From a data set's own coordinates to the model's. */
import type { WorldToModel } from '../scene.ts';
import { type Choice, chooseCenter, chooseOrientation, scaleOfFocus } from './choosePlacement.ts';
import { type Centering, type Orientation, orientAndCenterPoses } from './orientAndCenterPoses.ts';
import { autoScaleOf, scalePosition } from './scalePoses.ts';

/** `auto` is decided from the cameras (choosePlacement.ts). */
export interface PlacementOptions {
  readonly orientation: Orientation | 'auto';
  readonly center: Centering | 'auto';
  /** `true`: scale so that the farthest coordinate of a camera is 1. */
  readonly autoScale: boolean | 'auto';
  /** Further factor on all positions. */
  readonly scale: number;
}

export interface PlacedPoses {
  /** Each [3, 4] row-major, in the model's coordinates. */
  readonly poses: readonly (readonly number[])[];
  readonly worldToModel: WorldToModel;
  /** What was chosen, and why: one line for people. Absent if nothing was. */
  readonly chosen?: string;
}

/** @param poses cameras to world, each at least [3, 4] row-major, OpenGL axes; at least one */
export function placePoses(poses: readonly (readonly number[])[], options: PlacementOptions): PlacedPoses {
  const center = options.center === 'auto' ? chooseCenter(poses) : asConfigured(options.center);
  const orientation =
    options.orientation === 'auto' ? chooseOrientation(poses) : asConfigured(options.orientation);
  const { poses: turned, transform } = orientAndCenterPoses(poses, {
    orientation: orientation.value,
    center: center.value,
  });
  const focused = options.autoScale === 'auto' && center.value === 'focus';
  const fitted =
    (focused ? scaleOfFocus(turned) : undefined) ?? (options.autoScale ? autoScaleOf(turned) : 1);
  const scale = options.scale * fitted;
  const placed = turned.map((pose) => scalePosition(pose, scale));
  const worldToModel = { transform, scale };
  if (![options.center, options.orientation, options.autoScale].includes('auto'))
    return { poses: placed, worldToModel };
  const chosen = [
    ...(options.center === 'auto' ? [`center ${center.value} (${center.why})`] : []),
    ...(options.orientation === 'auto' ? [`orientation ${orientation.value} (${orientation.why})`] : []),
    `scale ${Number(scale.toPrecision(3))} (${focused ? 'by the median distance to what is looked at' : "by the cameras' extent"})`,
  ].join(', ');
  return { poses: placed, worldToModel, chosen };
}

/** What nobody chose needs no reason. */
function asConfigured<Value>(value: Value): Choice<Value> {
  return { value, why: '' };
}
