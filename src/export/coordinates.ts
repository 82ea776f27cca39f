/** What every export says of its coordinates, so that it can be brought to the other frame. */
import type { WorldToModel } from '../data/scene.ts';
import type { CoordinateFrame } from '../data/similarity.ts';

/**
 * `frame`: the one that the export is in. `worldToModel`: `model = scale * (transform * world)`, with the names and the [3, 4] rows of nerfstudio's
 * `dataparser_transforms.json`.
 */
export function coordinatesOf(frame: CoordinateFrame, { transform, scale }: WorldToModel) {
  return {
    frame,
    worldToModel: { transform: [0, 4, 8].map((row) => transform.slice(row, row + 4)), scale },
  };
}
