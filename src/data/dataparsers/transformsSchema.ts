/** The form of a `transforms.json` file, as blender, instant-ngp and nerfstudio write it. */
import { z } from 'zod';
import { determinant, type Vector3 } from '../vector3.ts';

const focalLength = z.number().positive('must be a focal length in pixels, greater than 0');
const pixels = z.number().positive('must be a number of pixels, greater than 0');
const fieldOfView = z
  .number()
  .gt(0, 'must be an angle in radians between 0 and pi')
  .lt(Math.PI, 'must be an angle in radians between 0 and pi');
const degrees = z
  .number()
  .gt(0, 'must be an angle in degrees between 0 and 180')
  .lt(180, 'must be an angle in degrees between 0 and 180');
const coefficient = z.number().optional();

/** Intrinsics may stand once for the whole file, or in each frame, where they win. */
const intrinsicsSchema = z.looseObject({
  camera_model: z.string().optional(),
  is_fisheye: z.boolean().optional(),
  w: pixels.optional(),
  h: pixels.optional(),
  fl_x: focalLength.optional(),
  fl_y: focalLength.optional(),
  camera_angle_x: fieldOfView.optional(),
  camera_angle_y: fieldOfView.optional(),
  x_fov: degrees.optional(),
  y_fov: degrees.optional(),
  cx: z.number().optional(),
  cy: z.number().optional(),
  k1: coefficient,
  k2: coefficient,
  k3: coefficient,
  k4: coefficient,
  p1: coefficient,
  p2: coefficient,
  distortion_params: z.array(z.number()).optional(),
});

const matrixSchema = z.array(z.array(z.number())).superRefine((matrix, context) => {
  const problem = problemOf(matrix);
  if (problem !== undefined) context.addIssue({ code: 'custom', message: problem });
});

/** One frame; other fields are kept and not looked at. */
export const frameSchema = intrinsicsSchema.extend({
  file_path: z.string().min(1, 'must name the image'),
  transform_matrix: matrixSchema,
  mask_path: z.string().min(1, 'must name the mask').optional(),
  depth_file_path: z.string().optional(),
  /** As instant-ngp calls it. */
  depth_path: z.string().optional(),
});

const fileNames = z.array(z.string()).optional();

/** The file without its frames, which are checked one by one. */
export const transformsSchema = intrinsicsSchema.extend({
  frames: z.array(z.unknown()),
  ply_file_path: z.string().min(1, 'must name the file of the points').optional(),
  /** What 1 in a depth map is in units of the poses: as instant-ngp names it, and as nerfstudio does, where it is an option. */
  integer_depth_scale: z
    .number()
    .positive('must be what 1 in a depth map is in units of the poses')
    .optional(),
  depth_unit_scale_factor: z
    .number()
    .positive('must be what 1 in a depth map is in units of the poses')
    .optional(),
  applied_transform: z.array(z.array(z.number()).length(4, 'must be 3 x 4 numbers')).optional(),
  orientation_override: z.enum(['up', 'pca', 'vertical', 'none']).optional(),
  train_filenames: fileNames,
  val_filenames: fileNames,
  test_filenames: fileNames,
});

export type IntrinsicFields = z.output<typeof intrinsicsSchema>;
export type FrameFields = z.output<typeof frameSchema>;
export type TransformsFields = z.output<typeof transformsSchema>;

function problemOf(matrix: readonly (readonly number[])[]): string | undefined {
  const shape = 'must be a 4 x 4 (or 3 x 4) camera-to-world matrix';
  if (matrix.length !== 3 && matrix.length !== 4) return `${shape}, but has ${matrix.length} rows`;
  const row = matrix.findIndex(({ length }) => length !== 4);
  if (row >= 0) return `${shape}, but row ${row + 1} has ${matrix[row]!.length} numbers`;
  if (matrix[3]?.some((value, column) => Math.abs(value - (column === 3 ? 1 : 0)) > 1e-4))
    return `${shape}, but its last row is ${matrix[3].join(' ')} instead of 0 0 0 1 (is it transposed?)`;
  const [a, b, c] = matrix.map((values) => values.slice(0, 3)) as unknown as [Vector3, Vector3, Vector3];
  if (Math.abs(determinant(a, b, c)) < 1e-9) return `${shape}, but its rotation is singular`;
  return undefined;
}
