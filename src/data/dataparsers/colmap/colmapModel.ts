/** A sparse model as COLMAP stores it: cameras, posed images, points. */
import { DataError } from '../../../errors.ts';
import type { CameraModel, Distortion, Intrinsics } from '../../cameras/camera.ts';
import { isLensModel, lenses } from '../../cameras/lenses.ts';
import { rotationOf } from '../../poses/rotationOf.ts';
import type { WorldPoints } from '../captureScene.ts';

/** A camera: a lens and a sensor, shared by images. */
export interface ColmapCamera {
  /** COLMAP's name of the model. */
  readonly model: string;
  readonly width: number;
  readonly height: number;
  /** In the model's order. */
  readonly parameters: readonly number[];
}

/** A pose as COLMAP writes it. */
interface ColmapPose {
  /** World to camera, OpenCV axes (+x right, +y down, looks along +z): w, x, y, z of a quaternion of length 1. */
  readonly rotation: readonly [number, number, number, number];
  readonly translation: readonly [number, number, number];
}

/** A photo that COLMAP has placed. */
export interface ColmapImage extends ColmapPose {
  /** Path below the folder of the photos. */
  readonly name: string;
  readonly cameraId: number;
}

export interface ColmapModel {
  readonly cameras: ReadonlyMap<number, ColmapCamera>;
  readonly images: readonly ColmapImage[];
  readonly points: WorldPoints;
}

interface Lens {
  readonly id: number;
  readonly parameters: readonly string[];
  readonly as: CameraModel;
}

const lens = (id: number, parameters: string, as: CameraModel): Lens => ({
  id,
  parameters: parameters.split(' '),
  as,
});

/** COLMAP's camera models: number, names of the parameters in order (`sensor/models.h` of COLMAP 4.2). */
const models: Readonly<Record<string, Lens>> = {
  SIMPLE_PINHOLE: lens(0, 'f cx cy', 'OPENCV'),
  PINHOLE: lens(1, 'fx fy cx cy', 'OPENCV'),
  SIMPLE_RADIAL: lens(2, 'f cx cy k1', 'OPENCV'),
  RADIAL: lens(3, 'f cx cy k1 k2', 'OPENCV'),
  OPENCV: lens(4, 'fx fy cx cy k1 k2 p1 p2', 'OPENCV'),
  OPENCV_FISHEYE: lens(5, 'fx fy cx cy k1 k2 k3 k4', 'OPENCV_FISHEYE'),
  FULL_OPENCV: lens(6, 'fx fy cx cy k1 k2 p1 p2 k3 k4 k5 k6', 'FULL_OPENCV'),
  FOV: lens(7, 'fx fy cx cy omega', 'FOV'),
  SIMPLE_RADIAL_FISHEYE: lens(8, 'f cx cy k1', 'OPENCV_FISHEYE'),
  RADIAL_FISHEYE: lens(9, 'f cx cy k1 k2', 'OPENCV_FISHEYE'),
  THIN_PRISM_FISHEYE: lens(10, 'fx fy cx cy k1 k2 p1 p2 k3 k4 sx1 sy1', 'THIN_PRISM_FISHEYE'),
  RAD_TAN_THIN_PRISM_FISHEYE: lens(
    11,
    'fx fy cx cy k0 k1 k2 k3 k4 k5 p0 p1 s0 s1 s2 s3',
    'RAD_TAN_THIN_PRISM_FISHEYE',
  ),
  SIMPLE_DIVISION: lens(12, 'f cx cy k', 'DIVISION'),
  DIVISION: lens(13, 'fx fy cx cy k', 'DIVISION'),
  SIMPLE_FISHEYE: lens(14, 'f cx cy', 'OPENCV_FISHEYE'),
  FISHEYE: lens(15, 'fx fy cx cy', 'OPENCV_FISHEYE'),
  EUCM: lens(16, 'fx fy cx cy alpha beta', 'EUCM'),
  EQUIRECTANGULAR: lens(17, 'w h', 'EQUIRECTANGULAR'),
};

/** Name and number of parameters of the camera model with this number; undefined for one that is not known. */
export function colmapLensOf(id: number): { readonly name: string; readonly parameters: number } | undefined {
  const found = Object.entries(models).find(([, candidate]) => candidate.id === id);
  return found && { name: found[0], parameters: found[1].parameters.length };
}

/** COLMAP's number of the camera model `name`. @throws RangeError for one that is not known */
export function colmapLensNumber(name: string): number {
  const known = models[name];
  if (!known) throw new RangeError(`no camera model ${name}`);
  return known.id;
}

/** Names of the parameters of the camera model `name`, in COLMAP's order. */
export function colmapParameters(name: string): readonly string[] {
  return models[name]?.parameters ?? [];
}

/** What an error is about. */
export interface Where {
  readonly file: string;
  /** `camera 3`. */
  readonly camera: string;
}

/**
 * A camera's intrinsics for an image of `width` x `height` pixels, which may be a smaller copy of what COLMAP saw.
 * COLMAP counts pixels as we do: the centre of the top left one is (0.5, 0.5).
 * @throws DataError for a model that is unknown, and the wrong number of parameters
 */
export function colmapIntrinsics(
  camera: ColmapCamera,
  { width, height }: { readonly width: number; readonly height: number },
  where: Where,
): Intrinsics {
  const known = models[camera.model];
  if (known === undefined)
    throw new DataError(
      `${where.file}: ${where.camera}: camera model ${JSON.stringify(camera.model)} is unknown. Undistort the photos with COLMAP (image_undistorter).`,
      where.file,
    );
  if (known.parameters.length !== camera.parameters.length)
    throw new DataError(
      `${where.file}: ${where.camera}: ${camera.model} has ${known.parameters.length} parameters, not ${camera.parameters.length}. Write the model again with COLMAP.`,
      where.file,
    );
  if (!camera.parameters.every(Number.isFinite))
    throw new DataError(
      `${where.file}: ${where.camera}: a parameter is not a finite number. Write the model again with COLMAP.`,
      where.file,
    );
  const value = (name: string) => camera.parameters[known.parameters.indexOf(name)] ?? 0;
  const [sx, sy] = [width / camera.width, height / camera.height];
  // A quotient whose denominator is 1 is OpenCV's polynomial with one more coefficient, which splats can be trained on, too.
  const isQuotient = ['k4', 'k5', 'k6'].some((name) => value(name) !== 0);
  const model = known.as === 'FULL_OPENCV' && !isQuotient ? 'OPENCV' : known.as;
  if (model === 'EQUIRECTANGULAR')
    return { model, width, height, fx: width / 2, fy: height, cx: width / 2, cy: height / 2 };
  const f = value('f');
  const intrinsics = {
    ...{ model, width, height, cx: value('cx') * sx, cy: value('cy') * sy },
    ...{ fx: (f || value('fx')) * sx, fy: (f || value('fy')) * sy },
  };
  if (isLensModel(model)) return { ...intrinsics, lens: lenses[model].parameters.map(value) };
  const distortion: Distortion = [
    value('k1'),
    value('k2'),
    value('k3'),
    value('k4'),
    value('p1'),
    value('p2'),
  ];
  return { ...intrinsics, ...(distortion.some((coefficient) => coefficient !== 0) && { distortion }) };
}

/**
 * Camera to world, [3, 4] row-major, OpenGL axes (+x right, +y up, looks along -z), from COLMAP's world to camera: [Rᵀ | -Rᵀ t] with the y and z axes
 * turned round.
 */
export function colmapCameraToWorld({ rotation, translation: [tx, ty, tz] }: ColmapPose): number[] {
  // Rows of R are the camera's axes in the world: right, down, forward.
  const axes = rotationOf(rotation);
  return [0, 1, 2].flatMap((axis) => {
    const [right, down, forward] = [axes[axis]!, axes[3 + axis]!, axes[6 + axis]!];
    return [right, -down, -forward, -(right * tx + down * ty + forward * tz)];
  });
}
