/** Where splats lie: their own coordinates, the scene's model and the data set's. */
import type { Scene } from '../../data/scene.ts';
import { after, type CoordinateFrame, fromModelTo, type Similarity } from '../../data/similarity.ts';
import { splatSpaceOf } from './splatSpace.ts';

/** From `frame` to the splats' own coordinates. */
export function placementFrom(
  frame: CoordinateFrame,
  scene: Pick<Scene, 'train' | 'worldToModel'>,
): Similarity {
  const { center, scale } = splatSpaceOf(scene.train.map(({ camera }) => camera));
  const toOwn = { rotation: [...unturned], scale, translation: center.map((value) => -value * scale) };
  return frame === 'model' ? toOwn : after(toOwn, similarityOf(scene.worldToModel));
}

/** From the splats' own coordinates to `frame`. */
export function placementIn(
  frame: CoordinateFrame,
  scene: Pick<Scene, 'train' | 'worldToModel'>,
): Similarity {
  const { center, scale } = splatSpaceOf(scene.train.map(({ camera }) => camera));
  const toModel = { rotation: [...unturned], scale: 1 / scale, translation: center };
  return after(fromModelTo(frame, scene.worldToModel), toModel);
}

const unturned = [1, 0, 0, 0, 1, 0, 0, 0, 1] as const;

/** `new = scale * (transform * old)` */
function similarityOf({ transform, scale }: Scene['worldToModel']): Similarity {
  return {
    rotation: [0, 1, 2].flatMap((row) => transform.slice(row * 4, row * 4 + 3)),
    scale,
    translation: [3, 7, 11].map((at) => transform[at]! * scale),
  };
}
