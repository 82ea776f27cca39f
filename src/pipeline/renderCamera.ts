/** A camera to render from: of the data set, or anywhere in the scene. No Node.js in here: browsers read this, too. */
import { z } from 'zod';
import { type Camera, cameraModels } from '../data/cameras/camera.ts';
import { lensModels } from '../data/cameras/lenses.ts';
import { resizeCamera } from '../data/cameras/resizeCamera.ts';
import { ConfigError } from '../errors.ts';

/** More pixels than this (an image of 8192 x 8192) are refused: their memory would be taken from the training. */
const maxPixels = 2 ** 26;

const pixels = z.int('must be a whole number').min(1, 'must be at least 1').max(maxPixels, 'is too large');
const focalLength = z.number('must be a number').positive('must be above 0');

/** Pixels and lengths in pixels; a camera without `cx`, `cy`, `model` and `distortion` is a pinhole that looks through its centre. */
export const renderCamera = z
  .strictObject({
    /** What a view of the data set is called. */
    name: z.string().optional(),
    /** [3, 4] row-major, OpenGL axes (+x right, +y up, looks along -z), in the model's coordinates. */
    cameraToWorld: z.array(z.number(), 'must be 12 numbers').length(12, 'must be 12 numbers').readonly(),
    width: pixels,
    height: pixels,
    fx: focalLength,
    fy: focalLength,
    /** Principal point; the centre of the top left pixel is (0.5, 0.5). Default: the image's centre. */
    cx: z.number().optional(),
    cy: z.number().optional(),
    /** Lens model. Default: a pinhole. */
    model: z.enum([...cameraModels, ...lensModels]).optional(),
    /** k1, k2, k3, k4, p1, p2, as OpenCV defines them. */
    distortion: z
      .tuple([z.number(), z.number(), z.number(), z.number(), z.number(), z.number()])
      .readonly()
      .optional(),
    /** Numbers of a model that COLMAP has beyond OpenCV's (src/data/cameras/lenses.ts). */
    lens: z.array(z.number()).readonly().optional(),
    /** Of an eye of an equirectangular camera with two: see `Camera`. */
    eyeOffset: z.number().optional(),
  })
  .refine(({ width, height }) => width * height <= maxPixels, `has more than ${maxPixels} pixels`)
  .readonly();
export type RenderCamera = z.output<typeof renderCamera>;

/** What alone is shown of a scene: `CropTransform`, the [3, 4] transform that brings the box's inside to [-1, 1]³. */
export const renderCrop = z
  .array(z.number(), 'must be 12 numbers')
  .length(12, 'must be 12 numbers')
  .readonly();

/** Red, green, blue, 0..1, behind a scene. */
export const renderBackground = z
  .tuple([z.number(), z.number(), z.number()], 'must be 3 numbers, each 0 to 1')
  .readonly();

/**
 * The camera with everything that it leaves out.
 * @param scale of the image's size: 0.5 renders half the width and half the height. At least one pixel is left of each side.
 * @throws ConfigError for a picture that is too large, scaled
 */
export function completeCamera(camera: RenderCamera, scale = 1): Camera {
  const { cameraToWorld, model = 'OPENCV', distortion, lens, width, height, fx, fy, eyeOffset } = camera;
  const { cx = width / 2, cy = height / 2 } = camera;
  const complete = {
    ...{ cameraToWorld, model, width, height, fx, fy, cx, cy },
    ...(distortion && { distortion }),
    ...(lens && { lens }),
    ...(eyeOffset !== undefined && { eyeOffset }),
  };
  const [columns, rows] = [width, height].map((side) => Math.max(1, Math.round(side * scale))) as [
    number,
    number,
  ];
  if (columns * rows > maxPixels)
    throw new ConfigError(
      `render: a picture of ${columns} x ${rows} pixels is too large: at most ${maxPixels}, as 8192 x 8192 has; choose a smaller scale, width or height`,
    );
  return resizeCamera(complete, columns, rows);
}
