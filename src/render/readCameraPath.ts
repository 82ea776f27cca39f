/** Camera paths of nerfstudio's viewer: `camera_path.json`, whose frames are placed already. */
import { z } from 'zod';
import type { Camera } from '../data/cameras/camera.ts';
import type { Color } from '../data/compositeOver.ts';
import { orientedBox } from '../data/cropBox.ts';
import { readJsonAs } from '../data/dataparsers/readJson.ts';
import { DataError } from '../errors.ts';
import type { CropTransform } from '../pipeline/pipeline.ts';
import type { Shot } from './renderShot.ts';

export interface CameraPath {
  /** At least one; in the model's coordinates. */
  readonly shots: readonly Shot[];
  /** Frames a second. */
  readonly fps: number;
  /** The part of the scene that the file asks for, and what is behind it. */
  readonly crop?: { readonly box: CropTransform; readonly background: Color };
}

const number = z.number('must be a number');
const size = z.int('must be a whole number').min(1, 'must be at least 1');
const vector = z.tuple([number, number, number]);
const length = number.positive('must be above 0: the box is empty');
const shade = number.min(0).max(255);

/** What is read of it; everything else (keyframes, smoothness) has done its work when the file was written. */
const cameraPath = z.looseObject({
  camera_type: z.string().default('perspective'),
  render_width: size,
  render_height: size,
  crop: z
    .looseObject({
      crop_center: vector,
      /** Of the whole box. */
      crop_scale: z.tuple([length, length, length]),
      /** Roll, pitch and yaw in radians. */
      crop_rot: vector.default([0, 0, 0]),
      crop_bg_color: z.looseObject({ r: shade, g: shade, b: shade }).default({ r: 0, g: 0, b: 0 }),
    })
    .nullish(),
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
/** From eye to eye, in model units, as nerfstudio has it: 64 mm where a unit is a metre. */
const eyeDistance = 0.064;

/**
 * Source: nerfstudio 1.1.5 `get_path_from_json`, `Cameras._generate_rays_from_coords` and `get_crop_from_json`.
 * @throws DataError for what is no camera path
 */
export async function readCameraPath(file: string): Promise<CameraPath> {
  return pathOf(await readJsonAs(cameraPath, file), file);
}

/** The same of what was read already. @param name what messages call it @throws ZodError, DataError */
export function parseCameraPath(path: unknown, name: string): CameraPath {
  return pathOf(cameraPath.parse(path), name);
}

function pathOf(path: z.output<typeof cameraPath>, name: string): CameraPath {
  const { camera_type, render_width: width, render_height: height, fps, crop, camera_path } = path;
  const kind = camera_type.toLowerCase();
  const shotOf = Object.hasOwn(shots, kind) ? shots[kind]! : undefined;
  if (!shotOf)
    throw new DataError(
      `${name}: its camera_type is ${camera_type}; rendered are ${Object.keys(shots).join(', ')}.`,
      name,
    );
  const made = camera_path.map(({ camera_to_world, fov }) => {
    const focal = fov === undefined ? defaultFocalLength : height / 2 / Math.tan((fov / 180) * (Math.PI / 2));
    const frame = {
      width,
      height,
      cx: width / 2,
      cy: height / 2,
      cameraToWorld: camera_to_world.slice(0, 12),
    };
    return shotOf({ ...frame, model: 'OPENCV', fx: focal, fy: focal });
  });
  if (!crop) return { shots: made, fps };
  const { r, g, b } = crop.crop_bg_color;
  const box = orientedBox(crop.crop_center, crop.crop_rot, crop.crop_scale);
  return { shots: made, fps, crop: { box, background: [r / 255, g / 255, b / 255] } };
}

/** What is seen by each type of camera. @param pinhole with the frame's pose, size and field of view */
const shots: Readonly<Record<string, (pinhole: Camera) => Shot>> = {
  perspective: (camera) => ({ camera }),
  fisheye: (camera) => ({ camera: { ...camera, model: 'OPENCV_FISHEYE' } }),
  equirectangular: (camera) => ({ camera: panorama(camera) }),
  /** All around for each eye, as somebody sees who turns round; the right one below. */
  omnidirectional: (camera) => ({
    camera: { ...panorama(camera), eyeOffset: -eyeDistance / 2 },
    right: { camera: { ...panorama(camera), eyeOffset: eyeDistance / 2 }, place: 'below' },
  }),
  /** The half before them for each eye, side by side. */
  vr180: (camera) => ({
    camera: aside(panorama(camera, 0.5), -eyeDistance / 2),
    right: { camera: aside(panorama(camera, 0.5), eyeDistance / 2), place: 'beside' },
  }),
};

/** From pole to pole. @param turn share of the whole circle that the width shows */
function panorama(camera: Camera, turn = 1): Camera {
  const { width, height } = camera;
  return { ...camera, model: 'EQUIRECTANGULAR', fx: width / 2 / turn, fy: height };
}

/** The camera moved along its own x axis. */
function aside({ cameraToWorld: m, ...camera }: Camera, distance: number): Camera {
  const moved = m.map((value, k) => (k % 4 === 3 ? value + distance * m[k - 3]! : value));
  return { ...camera, cameraToWorld: moved };
}
