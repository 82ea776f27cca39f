/** A frame's camera, without its pose. */
import { DataError } from '../../errors.ts';
import type { CameraModel, Distortion, Intrinsics } from '../cameras/camera.ts';
import type { Found } from './findImages.ts';
import type { FrameFields, IntrinsicFields } from './transformsSchema.ts';

/** nerfstudio's and COLMAP's names; the pinhole models differ only in which distortion coefficients they use, and so do the fisheyes. */
const models: Readonly<Record<string, CameraModel>> = {
  SIMPLE_PINHOLE: 'OPENCV',
  PINHOLE: 'OPENCV',
  SIMPLE_RADIAL: 'OPENCV',
  RADIAL: 'OPENCV',
  OPENCV: 'OPENCV',
  SIMPLE_RADIAL_FISHEYE: 'OPENCV_FISHEYE',
  RADIAL_FISHEYE: 'OPENCV_FISHEYE',
  OPENCV_FISHEYE: 'OPENCV_FISHEYE',
  EQUIRECTANGULAR: 'EQUIRECTANGULAR',
};

/** Images that are made smaller are rounded to whole pixels: so much may sides differ, as a share or in pixels of the image. */
const aspectTolerance = 0.01;
const pixelTolerance = 1;

/**
 * Intrinsics of a frame from its own fields, then the file's, then defaults: focal length from `camera_angle_x`, square
 * pixels, principal point in the middle. If the image has another size than the fields say, they are scaled to the
 * image. Throws `DataError` when there is no focal length, or the image lies on its side or has another aspect.
 *
 * @param shared the fields of the whole file.
 */
export function intrinsicsOf(
  { entry, header }: Found<FrameFields>,
  shared: IntrinsicFields,
  file: string,
): Intrinsics {
  const fields: IntrinsicFields = { ...shared, ...entry };
  const where = `${file}: ${JSON.stringify(entry.file_path)}`;
  const { width, height } = header;
  const { w = width, h = height } = fields;
  const model = modelOf(fields, where, file);
  const { fx, fy } = focalLengths(fields, model, w, h, where, file);
  if (w !== h && w === height && h === width)
    throw new DataError(
      `${where}: the image is ${width} x ${height} pixels, but its intrinsics are for ${w} x ${h}: it lies on its side. Rotate the pixels of the image (EXIF orientation is not applied) or swap the intrinsics.`,
      file,
    );
  if (Math.abs((height * w) / width - h) > Math.max(aspectTolerance * h, (pixelTolerance * w) / width))
    throw new DataError(
      `${where}: the image is ${width} x ${height} pixels, but its intrinsics are for ${w} x ${h}, another aspect: it was cropped or stretched. Give the frame its own w, h, fl_x, fl_y, cx and cy.`,
      file,
    );
  const distortion = distortionOf(fields);
  return {
    model,
    width,
    height,
    fx: (fx * width) / w,
    fy: (fy * height) / h,
    cx: ((fields.cx ?? w / 2) * width) / w,
    cy: ((fields.cy ?? h / 2) * height) / h,
    ...(model === 'EQUIRECTANGULAR' || distortion.every((value) => value === 0) ? {} : { distortion }),
  };
}

function modelOf({ camera_model, is_fisheye }: IntrinsicFields, where: string, file: string): CameraModel {
  if (camera_model === undefined) return is_fisheye === true ? 'OPENCV_FISHEYE' : 'OPENCV';
  const model = models[camera_model];
  if (model === undefined)
    throw new DataError(
      `${where}: camera_model ${JSON.stringify(camera_model)} is not supported. Use one of ${Object.keys(models).join(', ')}.`,
      file,
    );
  return model;
}

function focalLengths(
  fields: IntrinsicFields,
  model: CameraModel,
  w: number,
  h: number,
  where: string,
  file: string,
): { fx: number; fy: number } {
  // A whole panorama: 2 pi around, pi from top to bottom.
  if (model === 'EQUIRECTANGULAR') return { fx: fields.fl_x ?? w / 2, fy: fields.fl_y ?? h };
  const fromX = fields.fl_x ?? fromAngle(fields.camera_angle_x, w);
  const fromY = fields.fl_y ?? fromAngle(fields.camera_angle_y, h);
  const fx = fromX ?? fromY;
  if (fx === undefined)
    throw new DataError(
      `${where}: no focal length. Give fl_x (pixels) or camera_angle_x (radians), for the file or the frame.`,
      file,
    );
  // camera_angle_y often contradicts camera_angle_x by a rounding; square pixels are the better guess.
  return { fx, fy: fields.fl_y ?? (fields.fl_x === undefined ? fx : (fromY ?? fx)) };
}

function fromAngle(angle: number | undefined, size: number): number | undefined {
  return angle === undefined ? undefined : (0.5 * size) / Math.tan(0.5 * angle);
}

function distortionOf(fields: IntrinsicFields): Distortion {
  if (fields.distortion_params !== undefined) return fields.distortion_params as unknown as Distortion;
  const { k1 = 0, k2 = 0, k3 = 0, k4 = 0, p1 = 0, p2 = 0 } = fields;
  return [k1, k2, k3, k4, p1, p2];
}
