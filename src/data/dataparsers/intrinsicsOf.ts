/** A frame's camera, without its pose. */
import { DataError } from '../../errors.ts';
import type { CameraModel, Distortion, Intrinsics } from '../cameras/camera.ts';
import { isLensModel, lenses, lensModels } from '../cameras/lenses.ts';
import type { Found } from './findImages.ts';
import { withIntrinsicMatrix } from './intrinsicMatrix.ts';
import type { FrameFields, IntrinsicFields } from './transformsSchema.ts';

/** COLMAP's, nerfstudio's and phone apps' names, in capitals; the pinhole models differ only in which coefficients they use, and so do the fisheyes. */
const models: Readonly<Record<string, CameraModel>> = {
  SIMPLE_PINHOLE: 'OPENCV',
  PINHOLE: 'OPENCV',
  PERSPECTIVE: 'OPENCV',
  SIMPLE_RADIAL: 'OPENCV',
  RADIAL: 'OPENCV',
  BROWN: 'OPENCV',
  OPENCV: 'OPENCV',
  SIMPLE_FISHEYE: 'OPENCV_FISHEYE',
  FISHEYE: 'OPENCV_FISHEYE',
  SIMPLE_RADIAL_FISHEYE: 'OPENCV_FISHEYE',
  RADIAL_FISHEYE: 'OPENCV_FISHEYE',
  OPENCV_FISHEYE: 'OPENCV_FISHEYE',
  EQUIRECTANGULAR: 'EQUIRECTANGULAR',
  SPHERICAL: 'EQUIRECTANGULAR',
  FISHEYE624: 'RAD_TAN_THIN_PRISM_FISHEYE',
  SIMPLE_DIVISION: 'DIVISION',
  ...Object.fromEntries(lensModels.map((name) => [name, name])),
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
  const where = `${file}: ${JSON.stringify(entry.file_path)}`;
  const fields: IntrinsicFields = {
    ...withIntrinsicMatrix(shared, file, file),
    ...withIntrinsicMatrix(entry, where, file),
  };
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
  return {
    model,
    width,
    height,
    fx: (fx * width) / w,
    fy: (fy * height) / h,
    cx: ((fields.cx ?? w / 2) * width) / w,
    cy: ((fields.cy ?? h / 2) * height) / h,
    ...distortionOf(fields, model, where, file),
  };
}

function modelOf({ camera_model, is_fisheye }: IntrinsicFields, where: string, file: string): CameraModel {
  if (camera_model === undefined) return is_fisheye === true ? 'OPENCV_FISHEYE' : 'OPENCV';
  const model = models[camera_model.toUpperCase()];
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
  const fromX = fields.fl_x ?? fromAngle(fields.camera_angle_x ?? radians(fields.x_fov), w);
  const givenY = fields.fl_y ?? fromAngle(radians(fields.y_fov), h);
  const fromY = givenY ?? fromAngle(fields.camera_angle_y, h);
  const fx = fromX ?? fromY;
  if (fx === undefined)
    throw new DataError(
      `${where}: no focal length. Give fl_x (pixels) or camera_angle_x (radians), for the file or the frame.`,
      file,
    );
  // camera_angle_y often contradicts camera_angle_x by a rounding; square pixels are the better guess.
  return { fx, fy: givenY ?? (fields.fl_x === undefined ? fx : (fromY ?? fx)) };
}

function fromAngle(angle: number | undefined, size: number): number | undefined {
  return angle === undefined ? undefined : (0.5 * size) / Math.tan(0.5 * angle);
}

function radians(degrees: number | undefined): number | undefined {
  return degrees === undefined ? undefined : (degrees * Math.PI) / 180;
}

function distortionOf(
  fields: IntrinsicFields,
  model: CameraModel,
  where: string,
  file: string,
): Pick<Intrinsics, 'distortion' | 'lens'> {
  if (model === 'EQUIRECTANGULAR') return {};
  const listed = fields.distortion_params;
  const needed = isLensModel(model) ? lenses[model].parameters.length : 6;
  if (listed !== undefined && listed.length !== needed)
    throw new DataError(
      `${where}: distortion_params must be ${needed} numbers for ${fields.camera_model ?? model}, not ${listed.length}. Correct it.`,
      file,
    );
  if (isLensModel(model))
    return { lens: listed ?? lenses[model].parameters.map((name) => Number(fields[name] ?? 0)) };
  const { k1 = 0, k2 = 0, k3 = 0, k4 = 0, p1 = 0, p2 = 0 } = fields;
  const distortion = (listed ?? [k1, k2, k3, k4, p1, p2]) as unknown as Distortion;
  return distortion.every((value) => value === 0) ? {} : { distortion };
}
