/** What a page draws of a scene beside its pictures. */
import type { ShownPipeline } from '../../machines/trainerOptions.ts';
import type { CameraView } from '../pipeline/pipeline.ts';
import type { StudioCamera } from './protocol.ts';
import type { ShownScene } from './studioRun.ts';

/** @param pipeline one that does not say what it can show shows colours, if it can render at all */
export function shownSceneOf({ views, outputs, space, render }: ShownPipeline): ShownScene {
  const { train = [], eval: heldOut = [] } = views ?? {};
  return {
    outputs: render ? (outputs ?? ['rgb']) : [],
    scene: {
      train: train.map(cameraOf),
      eval: heldOut.map(cameraOf),
      ...(space && {
        box: [...space.aabb],
        worldToModel: { transform: [...space.worldToModel.transform], scale: space.worldToModel.scale },
      }),
    },
  };
}

function cameraOf({ name, ...camera }: CameraView): StudioCamera {
  return { name, camera };
}
