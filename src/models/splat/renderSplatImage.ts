/** Renders images with splats: each kind of output in one piece, because it takes milliseconds. */
import type { Camera } from '../../data/cameras/camera.ts';
import { toByte } from '../../data/compositeOver.ts';
import { ConfigError } from '../../errors.ts';
import { outputOf } from '../../pipeline/outputOf.ts';
import type { RenderedImage, RenderedOutput, RenderRequest } from '../../pipeline/pipeline.ts';
import { completeCamera } from '../../pipeline/renderCamera.ts';
import type { SplatRenderer } from './createSplatRenderer.ts';
import type { Color, SplatLayer, SplatPicture } from './splatKernels.ts';
import { hasProjection } from './splatView.ts';

/** What splats can show: what of them is blended for it, and what becomes of that. */
interface SplatOutput {
  readonly layer: SplatLayer;
  /** @param unit of the picture's lengths, in model units */
  from(picture: SplatPicture, size: Pick<Camera, 'width' | 'height'>, unit: number): RenderedOutput;
}

const outputs: Readonly<Record<string, SplatOutput>> = {
  /** Colour over the background. */
  rgb: {
    layer: 'colors',
    from(picture, size) {
      const data = new Uint8Array(size.width * size.height * 3);
      eachPixel(picture, size, (at, pixel) => {
        for (let k = 0; k < 3; k++) data[pixel * 3 + k] = toByte(picture.data[at + k]!);
      });
      return { channels: 3, data };
    },
  },
  /** Expected distance from the camera. */
  depth: {
    layer: 'distances',
    from: (picture, size, unit) => distances(picture, size, 1, unit),
  },
  /** Expected distance of the first third of the light: what shines through the splats of a surface from behind it does not count. */
  surface: {
    layer: 'front',
    from: (picture, size, unit) => distances(picture, size, 1 / 3, unit),
  },
  /** How much of the light comes from splats, 0 (all background) to 1. */
  accumulation: {
    layer: 'colors',
    from(picture, size) {
      const data = new Float32Array(size.width * size.height);
      eachPixel(picture, size, (at, pixel) => {
        data[pixel] = 1 - picture.data[at + 3]!;
      });
      return { channels: 1, data, quantity: 'share' };
    },
  },
  /** Shortest axes of the splats, turned to the camera. */
  normals: {
    layer: 'normals',
    from(picture, size) {
      const data = new Float32Array(size.width * size.height * 3);
      eachPixel(picture, size, (at, pixel) => {
        const [x, y, z] = picture.data.subarray(at, at + 3) as unknown as Pixel;
        const length = Math.hypot(x, y, z);
        if (length > 0) data.set([x / length, y / length, z / length], pixel * 3);
      });
      return { channels: 3, data, quantity: 'direction' };
    },
  },
};
/** Names of them. */
export const splatOutputs: readonly string[] = Object.keys(outputs);

type Pixel = readonly [number, number, number, number];

/** @param most share of the light that counts */
function distances(
  picture: SplatPicture,
  size: Pick<Camera, 'width' | 'height'>,
  most: number,
  unit: number,
): RenderedOutput {
  const data = new Float32Array(size.width * size.height);
  eachPixel(picture, size, (at, pixel) => {
    const [atOrigin, slopeX, slopeY, light] = picture.data.subarray(at, at + 4) as unknown as Pixel;
    const [x, y] = [(pixel % size.width) + 0.5, Math.floor(pixel / size.width) + 0.5];
    const distance = atOrigin + slopeX * x + slopeY * y;
    data[pixel] = (Math.max(0, distance) / Math.max(1e-6, Math.min(most, 1 - light))) * unit;
  });
  return { channels: 1, data, quantity: 'distance' };
}

/**
 * By a lens that splats are projected through all pixels at once; by any other from a picture of each of its faces.
 * @param ownBackground behind the splats where the request does not say
 * @throws ConfigError for an output that splats do not have, and for an eye of a camera with two
 */
export function* renderSplatImage(
  model: Pick<SplatRenderer, 'render' | 'space' | 'faces'>,
  request: RenderRequest,
  ownBackground: Color,
): Generator<number, RenderedImage> {
  const camera = completeCamera(request.camera);
  if (camera.eyeOffset)
    throw new ConfigError(
      'splats cannot be seen by a camera with two eyes that turn round (omnidirectional): choose vr180 or equirectangular, or render a radiance field (instant-ngp)',
    );
  const { width, height } = camera;
  const wanted = request.outputs.map((name) => [name, outputOf(outputs, name)] as const);
  const layers = new Set(wanted.map(([, { layer }]) => layer));
  const isProjected = hasProjection(camera);
  const views = isProjected ? [camera] : model.faces.cameras(camera);
  const rendered: Record<string, RenderedOutput> = {};
  const gathered = new Map<string, Gathered>();
  let done = 0;
  for (const [index, view] of views.entries())
    for (const layer of layers) {
      const picture = model.render(view, request.background ?? ownBackground, layer, request.crop);
      for (const [name, output] of wanted) {
        if (output.layer !== layer) continue;
        const seen = output.from(picture, view, 1 / model.space.scale);
        if (isProjected) rendered[name] = seen;
        else {
          const into = gathered.get(name) ?? room(seen, width * height);
          gathered.set(name, into);
          model.faces.gather(camera, index, seen.channels, seen.data, into.values);
        }
      }
      yield ++done / (layers.size * views.length);
    }
  for (const [name, { output, values }] of gathered) rendered[name] = finished(output, values);
  return { width, height, outputs: Object.fromEntries(wanted.map(([name]) => [name, rendered[name]!])) };
}

/** An output as a face has it, and the values of the whole picture. */
interface Gathered {
  readonly output: RenderedOutput;
  readonly values: Uint8ClampedArray | Float32Array;
}

function room(output: RenderedOutput, pixels: number): Gathered {
  const length = pixels * output.channels;
  // Clamped ones are rounded as they are written.
  return {
    output,
    values: output.data instanceof Uint8Array ? new Uint8ClampedArray(length) : new Float32Array(length),
  };
}

function finished(output: RenderedOutput, values: Gathered['values']): RenderedOutput {
  const data = values instanceof Float32Array ? values : new Uint8Array(values.buffer);
  // Between two directions of unit length lies a shorter one.
  if (output.quantity === 'direction')
    for (let at = 0; at < data.length; at += 3) {
      const length = Math.hypot(data[at]!, data[at + 1]!, data[at + 2]!);
      if (length > 0) for (let k = 0; k < 3; k++) data[at + k]! /= length;
    }
  return { ...output, data };
}

/** @param visit told where a pixel lies in the picture, and its number */
function eachPixel(
  { pitch }: SplatPicture,
  { width, height }: Pick<Camera, 'width' | 'height'>,
  visit: (at: number, pixel: number) => void,
): void {
  for (let row = 0, pixel = 0; row < height; row++)
    for (let column = 0; column < width; column++, pixel++) visit((row * pitch + column) * 4, pixel);
}
