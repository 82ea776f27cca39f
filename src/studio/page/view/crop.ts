/** The crop box of the view: which part of the scene is shown, in coordinates that people know. */
import { type CropBox, cropTransform } from '../../../data/cropBox.ts';
import {
  type CoordinateFrame,
  fromModelTo,
  inverseOf,
  movedPoint,
  type Similarity,
} from '../../../data/similarity.ts';
import { addScaled, type Vector3 } from '../../../data/vector3.ts';
import type { CropTransform } from '../../../pipeline/pipeline.ts';
import type { StudioScene } from '../../protocol.ts';

export interface Crop {
  /** What lies outside is left out of the picture. */
  readonly isOn: boolean;
  /** Whose coordinates the box is in: what `--frame` says to `nerfstream render`. */
  readonly frame: CoordinateFrame;
  /** Minimum x, y, z, then maximum x, y, z, each minimum below its maximum: what `--crop` says. */
  readonly box: CropBox;
}

/** What the cameras look at, and how far from it most of them are. */
export interface Middle {
  readonly focus: Vector3;
  readonly radius: number;
}

/** From the model's coordinates to those of the frame; a scene that does not say where it lies has but one. */
export function placementOf(scene: StudioScene | undefined, frame: CoordinateFrame): Similarity {
  const { transform = [1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0], scale = 1 } = scene?.worldToModel ?? {};
  return fromModelTo(frame, { transform, scale });
}

/** The way back to the model's coordinates. */
export function backFrom({ rotation, scale, translation }: Similarity): Similarity {
  const rows = [0, 1, 2].flatMap((row) => [
    ...rotation.slice(row * 3, row * 3 + 3),
    translation[row]! / scale,
  ]);
  return inverseOf({ transform: rows, scale });
}

/** A box around what the cameras look at, in either frame. */
export function firstCrop(
  scene: StudioScene | undefined,
  { focus, radius }: Middle,
  frame: CoordinateFrame,
): Crop {
  const around = [...focus.map((value) => value - radius / 2), ...focus.map((value) => value + radius / 2)];
  const placement = placementOf(scene, frame);
  const corners = cornersOf(around).map((corner) => movedPoint(placement, ...corner));
  const step = stepOf(radius * placement.scale);
  const box = [Math.min, Math.max].flatMap((most) =>
    [0, 1, 2].map((axis) => tidy(most(...corners.map((corner) => corner[axis]!)), step)),
  );
  return { isOn: true, frame, box };
}

/** What a look asks for; undefined: the whole scene. */
export function cropOf(scene: StudioScene | undefined, crop: Crop | undefined): CropTransform | undefined {
  return crop?.isOn ? cropTransform(crop.box, placementOf(scene, crop.frame)) : undefined;
}

/** Corners of a box, x first: bit k of a corner's number says whether it lies at the maximum of axis k. */
export function cornersOf(box: CropBox): Vector3[] {
  return Array.from(
    { length: 8 },
    (_, corner) => [0, 1, 2].map((axis) => box[axis + 3 * ((corner >> axis) & 1)]!) as unknown as Vector3,
  );
}

/** The twelve edges of a box, as pairs of corners. */
export const boxEdges: readonly (readonly [number, number])[] = [0, 1, 2, 3, 4, 5, 6, 7].flatMap((corner) =>
  [1, 2, 4].filter((bit) => (corner & bit) === 0).map((bit) => [corner, corner | bit] as const),
);

/** The box with one of its six numbers changed; it keeps some room inside. */
export function withEdge({ box, ...crop }: Crop, edge: number, value: number, least: number): Crop {
  const [axis, isMaximum] = [edge % 3, edge >= 3];
  const other = box[isMaximum ? axis : axis + 3]!;
  const kept = isMaximum ? Math.max(value, other + least) : Math.min(value, other - least);
  return { ...crop, box: box.map((old, index) => (index === edge ? kept : old)) };
}

/** The line in the model's coordinates along which one of the six sides moves: `from + t along` is the side's middle where its number is t. */
export function sideLine(
  scene: StudioScene | undefined,
  { frame, box }: Crop,
  edge: number,
): { readonly from: Vector3; readonly along: Vector3 } {
  const toModel = backFrom(placementOf(scene, frame));
  const middleAt = (value: number) =>
    movedPoint(
      toModel,
      ...([0, 1, 2].map((axis) =>
        axis === edge % 3 ? value : (box[axis]! + box[axis + 3]!) / 2,
      ) as unknown as Vector3),
    );
  const from = middleAt(0);
  return { from, along: addScaled(middleAt(1), from, -1) };
}

/** What arrow keys change a number by: a power of ten, at most a fiftieth of the size. */
export function stepOf(size: number): number {
  return 10 ** Math.floor(Math.log10(size / 50));
}

/** To a whole number of steps, so that people read short numbers. */
export function tidy(value: number, step: number): number {
  return Number((Math.round(value / step) * step).toPrecision(6));
}
