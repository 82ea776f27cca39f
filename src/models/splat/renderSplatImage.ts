/** Renders images with splats: each kind of output in one piece, because it takes milliseconds. */
import type { Camera } from '../../data/cameras/camera.ts';
import { toByte } from '../../data/compositeOver.ts';
import { outputOf } from '../../pipeline/outputOf.ts';
import type { RenderedImage, RenderedOutput, RenderRequest } from '../../pipeline/pipeline.ts';
import { completeCamera } from '../../pipeline/renderCamera.ts';
import type { SplatRenderer } from './createSplatRenderer.ts';
import type { Color, SplatLayer, SplatPicture } from './splatKernels.ts';

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
 * @param ownBackground behind the splats where the request does not say
 * @throws ConfigError for an output that splats do not have, and for a camera that they cannot be seen by
 */
export function* renderSplatImage(
  model: Pick<SplatRenderer, 'render' | 'space'>,
  request: RenderRequest,
  ownBackground: Color,
): Generator<number, RenderedImage> {
  const camera = completeCamera(request.camera);
  const { width, height } = camera;
  const wanted = request.outputs.map((name) => [name, outputOf(outputs, name)] as const);
  const layers = new Set(wanted.map(([, { layer }]) => layer));
  const rendered: Record<string, RenderedOutput> = {};
  let done = 0;
  for (const layer of layers) {
    const picture = model.render(camera, request.background ?? ownBackground, layer, request.crop);
    for (const [name, output] of wanted)
      if (output.layer === layer) rendered[name] = output.from(picture, camera, 1 / model.space.scale);
    yield ++done / layers.size;
  }
  return { width, height, outputs: Object.fromEntries(wanted.map(([name]) => [name, rendered[name]!])) };
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
