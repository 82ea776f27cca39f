/** Cameras as a `transforms.json`, which nerfstudio, instant-ngp and nerfstream itself read. */
import { type Intrinsics, sameIntrinsics } from '../../data/cameras/camera.ts';
import { isLensModel } from '../../data/cameras/lenses.ts';
import type { WorldToModel } from '../../data/scene.ts';
import type { CoordinateFrame } from '../../data/similarity.ts';
import { coordinatesOf } from '../coordinates.ts';
import type { ExportedFrame } from './exportedFrames.ts';

/**
 * Intrinsics stand once where all photos share them, else in each frame. Lists of the split are written unless a photo is in both.
 * @param frames in the coordinates of `frame`
 * @param pathOf how the file is to name an image or a mask
 */
export function encodeTransforms(
  frames: readonly ExportedFrame[],
  frame: CoordinateFrame,
  worldToModel: WorldToModel,
  pathOf: (file: string) => string,
): string {
  const [first] = frames;
  const shared = first !== undefined && frames.every(({ camera }) => sameIntrinsics(camera, first.camera));
  const listed = (wanted: (photo: ExportedFrame) => boolean) =>
    frames.filter(wanted).map(({ image }) => pathOf(image));
  const transforms = {
    ...(shared && intrinsicFields(first.camera)),
    // The model's axes are upright already: who reads them leaves them as they are.
    ...(frame === 'model' && { orientation_override: 'none' }),
    ...coordinatesOf(frame, worldToModel),
    ...(!frames.some(({ trains, isHeldOut }) => trains && isHeldOut) && {
      train_filenames: listed(({ trains }) => trains),
      test_filenames: listed(({ isHeldOut }) => isHeldOut),
    }),
    frames: frames.map(({ image, camera, mask }) => ({
      file_path: pathOf(image),
      ...(!shared && intrinsicFields(camera)),
      ...(mask?.hides === 'black' && { mask_path: pathOf(mask.path) }),
      transform_matrix: [...[0, 4, 8].map((row) => camera.cameraToWorld.slice(row, row + 4)), [0, 0, 0, 1]],
    })),
  };
  return `${JSON.stringify(transforms, undefined, 1)}\n`;
}

function intrinsicFields(camera: Intrinsics): object {
  const { model, width, height, fx, fy, cx, cy, distortion, lens } = camera;
  const [k1, k2, k3, k4, p1, p2] = distortion ?? [0, 0, 0, 0, 0, 0];
  return {
    camera_model: model,
    ...{ w: width, h: height, fl_x: fx, fl_y: fy, cx, cy },
    ...(isLensModel(model) ? { distortion_params: lens } : { k1, k2, k3, k4, p1, p2 }),
  };
}
