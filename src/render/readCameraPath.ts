/** Camera paths of nerfstudio's viewer: `camera_path.json`, whose frames are placed already. */
import { z } from 'zod';
import type { Camera } from '../data/cameras/camera.ts';
import { readJsonAs } from '../data/dataparsers/readJson.ts';
import { DataError } from '../errors.ts';

export interface CameraPath {
  /** At least one; in the model's coordinates. */
  readonly cameras: readonly Camera[];
  /** Frames a second. */
  readonly fps: number;
  /** The file asks for a part of the scene alone, which is not done. */
  readonly isCropped: boolean;
}

const number = z.number('must be a number');
const size = z.int('must be a whole number').min(1, 'must be at least 1');

/** What is read of it; everything else (keyframes, smoothness) has done its work when the file was written. */
const cameraPath = z.looseObject({
  camera_type: z.string().default('perspective'),
  render_width: size,
  render_height: size,
  crop: z.unknown().optional(),
  fps: number.positive('must be above 0').default(24),
  camera_path: z
    .array(
      z.looseObject({
        /** [4, 4] row-major; the last row may be missing. */
        camera_to_world: z.array(number).refine(({ length }) => length === 16 || length === 12, {
          message: 'must be 16 numbers',
        }),
        /** Degrees from top to bottom. */
        fov: number.positive('must be above 0').max(179, 'must be below 180').optional(),
      }),
    )
    .min(1, 'has no frames'),
});

/** As nerfstudio takes them; a frame without a field of view has a focal length of 50 pixels there. */
const defaultFocalLength = 50;

/**
 * Source: nerfstudio 1.1.5 `get_path_from_json`.
 * @throws DataError for what is no camera path, and for cameras with two eyes
 */
export async function readCameraPath(file: string): Promise<CameraPath> {
  return camerasOf(await readJsonAs(cameraPath, file), file);
}

/** The same of what was read already. @param name what messages call it @throws ZodError, DataError */
export function parseCameraPath(path: unknown, name: string): CameraPath {
  return camerasOf(cameraPath.parse(path), name);
}

function camerasOf(path: z.output<typeof cameraPath>, name: string): CameraPath {
  const { camera_type, render_width: width, render_height: height, fps, crop, camera_path } = path;
  const model = modelOf(camera_type, name);
  const cameras = camera_path.map(({ camera_to_world, fov }): Camera => {
    const focal = fov === undefined ? defaultFocalLength : height / 2 / Math.tan((fov / 180) * (Math.PI / 2));
    const [fx, fy] = model === 'EQUIRECTANGULAR' ? [width / 2, height] : [focal, focal];
    const cameraToWorld = camera_to_world.slice(0, 12);
    return { model, width, height, fx, fy, cx: width / 2, cy: height / 2, cameraToWorld };
  });
  return { cameras, fps, isCropped: crop !== undefined && crop !== null };
}

function modelOf(type: string, file: string): Camera['model'] {
  switch (type.toLowerCase()) {
    case 'perspective':
      return 'OPENCV';
    case 'fisheye':
      return 'OPENCV_FISHEYE';
    case 'equirectangular':
      return 'EQUIRECTANGULAR';
    default:
      throw new DataError(
        `${file}: its camera_type is ${type}; rendered are perspective, fisheye and equirectangular ones (not two eyes: omnidirectional, vr180).`,
        file,
      );
  }
}
