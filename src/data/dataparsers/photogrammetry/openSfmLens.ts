/** Lenses as OpenSfM describes them. */
import { z } from 'zod';
import { DataError } from '../../../errors.ts';

const pixels = z.number().positive('must be a number of pixels, greater than 0');
const number = z.number().optional();

/** A camera; lengths are in units of the photo's longer side, the principal point is counted from its middle. */
export const openSfmCamera = z.looseObject({
  projection_type: z.string().default('perspective'),
  width: pixels,
  height: pixels,
  ...{ focal: number, focal_x: number, focal_y: number, c_x: number, c_y: number },
  ...{ k1: number, k2: number, k3: number, k4: number, p1: number, p2: number },
});

/** Each lens is one of OpenCV's two, with fewer coefficients. */
const models: Readonly<Record<string, string>> = {
  ...{ perspective: 'OPENCV', simple_radial: 'OPENCV', radial: 'OPENCV', brown: 'OPENCV' },
  ...{ fisheye: 'OPENCV_FISHEYE', fisheye_opencv: 'OPENCV_FISHEYE' },
  ...{ spherical: 'EQUIRECTANGULAR', equirectangular: 'EQUIRECTANGULAR' },
};

/**
 * The camera as fields of a frame.
 * @param where `FILE: camera "id"`
 * @throws DataError for a lens that is not known
 * Source: OpenSfM's documentation, "Camera models"
 */
export function openSfmLens(
  camera: z.output<typeof openSfmCamera>,
  where: string,
  file: string,
): Record<string, unknown> {
  const { projection_type: type, width: w, height: h } = camera;
  const camera_model = Object.hasOwn(models, type) ? models[type] : undefined;
  if (camera_model === undefined)
    throw new DataError(
      `${where} has the unknown projection_type ${JSON.stringify(type)}; ${Object.keys(models).join(', ')} are read. Undistort the photos with OpenDroneMap.`,
      file,
    );
  if (camera_model === 'EQUIRECTANGULAR') return { camera_model, w, h };
  const side = Math.max(w, h);
  const fx = camera.focal_x ?? camera.focal;
  const fy = camera.focal_y ?? fx;
  if (fx === undefined || fy === undefined)
    throw new DataError(
      `${where} has no focal length (focal, or focal_x and focal_y). Export it again.`,
      file,
    );
  const { k1, k2, k3, k4, p1, p2 } = camera;
  return {
    ...{ camera_model, w, h, fl_x: fx * side, fl_y: fy * side, k1, k2, k3, k4, p1, p2 },
    ...{ cx: w / 2 + (camera.c_x ?? 0) * side, cy: h / 2 + (camera.c_y ?? 0) * side },
  };
}
