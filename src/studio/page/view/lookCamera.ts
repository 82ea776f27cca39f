/** The camera that a look asks for, and where its picture lies in the view. */
import { resizeCamera } from '../../../data/cameras/resizeCamera.ts';
import { completeCamera, type RenderCamera } from '../../../pipeline/renderCamera.ts';
import { fieldOfViewOf, focalLengthOf } from './projection.ts';

export interface Size {
  /** Pixels. */
  readonly width: number;
  readonly height: number;
}

export interface Frame extends Size {
  readonly left: number;
  readonly top: number;
}

/** The largest frame of that shape that has room in the view, in its middle. */
export function frameIn(view: Size, shape: Size): Frame {
  const scale = Math.min(view.width / shape.width, view.height / shape.height);
  const [width, height] = [shape.width * scale, shape.height * scale];
  return { width, height, left: (view.width - width) / 2, top: (view.height - height) / 2 };
}

/** The view's field of view (degrees from top to bottom) in which all of a camera's picture has room. */
export function containedFieldOfView(view: Size, camera: RenderCamera): number {
  const { height } = frameIn(view, camera);
  return Math.min(150, fieldOfViewOf((camera.fy * height) / camera.height, view.height));
}

/** A pinhole that fills the view. @param fieldOfView degrees from top to bottom */
export function freeCamera(cameraToWorld: readonly number[], fieldOfView: number, size: Size): RenderCamera {
  const focal = focalLengthOf(fieldOfView, size.height);
  return { cameraToWorld: [...cameraToWorld], ...size, fx: focal, fy: focal };
}

/** The size in whole pixels: `detail` of each side, and at most `maxPixels` altogether. */
export function pictureSize(size: Size, detail: number, maxPixels: number): Size {
  const scale = Math.min(detail, Math.sqrt(maxPixels / (size.width * size.height)));
  return {
    width: Math.max(1, Math.floor(size.width * scale)),
    height: Math.max(1, Math.floor(size.height * scale)),
  };
}

/** A camera of the data set, lens and all, with a picture of that size. */
export function photoCamera(camera: RenderCamera, { width, height }: Size): RenderCamera {
  return resizeCamera(completeCamera(camera), width, height);
}
