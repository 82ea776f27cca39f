/** How large things are, in the units of the data set: a bar of a round length, and the axes with a grid on the ground. */
import { movedPoint } from '../../../data/similarity.ts';
import type { Vector3 } from '../../../data/vector3.ts';
import type { StudioScene } from '../../protocol.ts';
import { backFrom, type Middle, placementOf } from './crop.ts';
import { focalLengthOf } from './projection.ts';
import type { Segment } from './sceneOverlay.ts';

/** The greatest of 1, 2, 5 times a power of ten that is at most `length`, which is above 0. */
export function roundLength(length: number): number {
  const power = 10 ** Math.floor(Math.log10(length));
  const factor = [5, 2, 1].find((candidate) => candidate * power <= length * (1 + 1e-9)) ?? 1;
  return Number((factor * power).toPrecision(1));
}

export interface ScaleBar {
  /** On the screen. */
  readonly pixels: number;
  /** In the data set's units, or the model's where the scene does not say where it lies. */
  readonly length: number;
}

/**
 * A bar as long as something across the view, as far away as what is in its middle.
 * @param distance to that, in the model's units
 * @param fieldOfView degrees from top to bottom, which are `height` pixels
 * @param mostPixels that it may have
 */
export function scaleBar(
  scene: StudioScene | undefined,
  { distance, fieldOfView, height }: Record<'distance' | 'fieldOfView' | 'height', number>,
  mostPixels: number,
): ScaleBar {
  const unitsAPixel = (distance / focalLengthOf(fieldOfView, height)) * placementOf(scene, 'world').scale;
  const length = roundLength(mostPixels * unitsAPixel);
  return { length, pixels: length / unitsAPixel };
}

/** Lines of the grid to each side of its middle. */
const gridLines = 5;

export interface Measures {
  readonly axes: { readonly origin: Vector3; readonly ends: readonly Vector3[] };
  readonly grid: readonly Segment[];
  /** From line to line, in the data set's units. */
  readonly gridStep: number;
}

/**
 * The axes of the data set at what the cameras look at, and a grid there, square to the axis that points most upwards.
 * @param up of the view @param color of the grid
 */
export function measures(
  scene: StudioScene | undefined,
  { focus, radius }: Middle,
  up: Vector3,
  color: string,
): Measures {
  const toWorld = placementOf(scene, 'world');
  const toModel = backFrom(toWorld);
  const origin = movedPoint(toWorld, ...focus);
  const gridStep = roundLength((radius * toWorld.scale) / 4);
  const at = (change: readonly number[]): Vector3 =>
    movedPoint(toModel, ...(origin.map((value, axis) => value + change[axis]!) as unknown as Vector3));
  const unit = (axis: number, length: number) => [0, 1, 2].map((k) => (k === axis ? length : 0));
  const upness = [0, 1, 2].map((axis) =>
    Math.abs(at(unit(axis, 1)).reduce((sum, value, k) => sum + (value - focus[k]!) * up[k]!, 0)),
  );
  const height = upness.indexOf(Math.max(...upness));
  const [a, b] = [0, 1, 2].filter((axis) => axis !== height) as [number, number];
  const reach = gridLines * gridStep;
  const place = (along: number, across: number) => {
    const change = [0, 0, 0];
    change[a] = along;
    change[b] = across;
    return at(change);
  };
  const grid = Array.from({ length: 2 * gridLines + 1 }, (_, line) => (line - gridLines) * gridStep).flatMap(
    (offset) => [
      { from: place(offset, -reach), to: place(offset, reach), color },
      { from: place(-reach, offset), to: place(reach, offset), color },
    ],
  );
  const length = 2 * gridStep;
  return { axes: { origin: focus, ends: [0, 1, 2].map((axis) => at(unit(axis, length))) }, grid, gridStep };
}
