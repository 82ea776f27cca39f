/** A sparse model as COLMAP stores it: cameras, posed images, points. */
import { DataError } from '../../../errors.ts';
import type { CameraModel, Distortion, Intrinsics } from '../../cameras/camera.ts';
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

/** A photo that COLMAP has placed. */
export interface ColmapImage {
  /** Path below the folder of the photos. */
  readonly name: string;
  readonly cameraId: number;
  /** World to camera, OpenCV axes (+x right, +y down, looks along +z): w, x, y, z of a quaternion of length 1. */
  readonly rotation: readonly [number, number, number, number];
  readonly translation: readonly [number, number, number];
}

export interface ColmapModel {
  readonly cameras: ReadonlyMap<number, ColmapCamera>;
  readonly images: readonly ColmapImage[];
  readonly points: WorldPoints;
}

interface Lens {
  readonly id: number;
  readonly parameters: readonly string[];
  /** What we make of it; a reason where we cannot. */
  readonly as: CameraModel | { readonly missing: string };
}

const lens = (id: number, parameters: string, as: Lens['as']): Lens => ({
  id,
  parameters: parameters.split(' '),
  as,
});
const rational = 'its distortion is a quotient';
const prism = 'it has thin-prism distortion';

/** COLMAP's camera models: number, names of the parameters in order (`sensor/models.h` of COLMAP 4.2). */
const lenses: Readonly<Record<string, Lens>> = {
  SIMPLE_PINHOLE: lens(0, 'f cx cy', 'OPENCV'),
  PINHOLE: lens(1, 'fx fy cx cy', 'OPENCV'),
  SIMPLE_RADIAL: lens(2, 'f cx cy k1', 'OPENCV'),
  RADIAL: lens(3, 'f cx cy k1 k2', 'OPENCV'),
  OPENCV: lens(4, 'fx fy cx cy k1 k2 p1 p2', 'OPENCV'),
  OPENCV_FISHEYE: lens(5, 'fx fy cx cy k1 k2 k3 k4', 'OPENCV_FISHEYE'),
  FULL_OPENCV: lens(6, 'fx fy cx cy k1 k2 p1 p2 k3 q4 q5 q6', { missing: rational }),
  FOV: lens(7, 'fx fy cx cy omega', { missing: 'its distortion is an arc tangent' }),
  SIMPLE_RADIAL_FISHEYE: lens(8, 'f cx cy k1', 'OPENCV_FISHEYE'),
  RADIAL_FISHEYE: lens(9, 'f cx cy k1 k2', 'OPENCV_FISHEYE'),
  THIN_PRISM_FISHEYE: lens(10, 'fx fy cx cy k1 k2 p1 p2 k3 k4 sx1 sy1', { missing: prism }),
  RAD_TAN_THIN_PRISM_FISHEYE: lens(11, 'fx fy cx cy k0 k1 k2 k3 k4 k5 p0 p1 s0 s1 s2 s3', { missing: prism }),
  SIMPLE_DIVISION: lens(12, 'f cx cy k', { missing: rational }),
  DIVISION: lens(13, 'fx fy cx cy k', { missing: rational }),
  SIMPLE_FISHEYE: lens(14, 'f cx cy', 'OPENCV_FISHEYE'),
  FISHEYE: lens(15, 'fx fy cx cy', 'OPENCV_FISHEYE'),
  EUCM: lens(16, 'fx fy cx cy alpha beta', { missing: 'it is the enhanced unified camera model' }),
  EQUIRECTANGULAR: lens(17, 'w h', 'EQUIRECTANGULAR'),
};

/** Name and number of parameters of the camera model with this number; undefined for one that is not known. */
export function colmapLensOf(id: number): { readonly name: string; readonly parameters: number } | undefined {
  const found = Object.entries(lenses).find(([, candidate]) => candidate.id === id);
  return found && { name: found[0], parameters: found[1].parameters.length };
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
 * @throws DataError for a model that is unknown or cannot be expressed, and the wrong number of parameters
 */
export function colmapIntrinsics(
  camera: ColmapCamera,
  { width, height }: { readonly width: number; readonly height: number },
  where: Where,
): Intrinsics {
  const known = lenses[camera.model];
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
  const value = (name: string) => camera.parameters[known.parameters.indexOf(name)] ?? 0;
  const model = modelOf(camera, known, value, where);
  const [sx, sy] = [width / camera.width, height / camera.height];
  if (model === 'EQUIRECTANGULAR')
    return { model, width, height, fx: width / 2, fy: height, cx: width / 2, cy: height / 2 };
  const f = value('f');
  const distortion: Distortion = [
    value('k1'),
    value('k2'),
    value('k3'),
    value('k4'),
    value('p1'),
    value('p2'),
  ];
  return {
    model,
    width,
    height,
    fx: (f || value('fx')) * sx,
    fy: (f || value('fy')) * sy,
    cx: value('cx') * sx,
    cy: value('cy') * sy,
    ...(distortion.some((coefficient) => coefficient !== 0) && { distortion }),
  };
}

/** FULL_OPENCV whose denominator is 1 is OPENCV with one more coefficient. */
function modelOf(
  camera: ColmapCamera,
  { as }: Lens,
  value: (name: string) => number,
  where: Where,
): CameraModel {
  if (typeof as === 'string') return as;
  if (camera.model === 'FULL_OPENCV' && ['q4', 'q5', 'q6'].every((name) => value(name) === 0))
    return 'OPENCV';
  throw new DataError(
    `${where.file}: ${where.camera}: camera model ${camera.model} is not supported: ${as.missing}. Undistort the photos with COLMAP (image_undistorter).`,
    where.file,
  );
}

/**
 * Camera to world, [3, 4] row-major, OpenGL axes (+x right, +y up, looks along -z), from COLMAP's world to camera: [Rᵀ | -Rᵀ t] with the y and z axes
 * turned round.
 */
export function colmapCameraToWorld({ rotation, translation }: ColmapImage): number[] {
  const [w, x, y, z] = rotation;
  const [tx, ty, tz] = translation;
  // Rows of R are the camera's axes in the world.
  const right = [1 - 2 * (y * y + z * z), 2 * (x * y - w * z), 2 * (x * z + w * y)];
  const down = [2 * (x * y + w * z), 1 - 2 * (x * x + z * z), 2 * (y * z - w * x)];
  const forward = [2 * (x * z - w * y), 2 * (y * z + w * x), 1 - 2 * (x * x + y * y)];
  return [0, 1, 2].flatMap((axis) => [
    right[axis]!,
    -down[axis]!,
    -forward[axis]!,
    -(right[axis]! * tx + down[axis]! * ty + forward[axis]! * tz),
  ]);
}
