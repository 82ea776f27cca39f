/** Renders images with a radiance model, one tile after the other. */
import { type Color, toByte } from '../data/compositeOver.ts';
import { pixelBlocks } from '../data/pixelBlocks.ts';
import { createRayGenerator, type KnownDirections, type RayGenerator } from '../data/rayBatch.ts';
import type { Size } from '../data/size.ts';
import type { RadianceModel, RayBuffers } from '../models/radianceModel.ts';
import { depthNormals } from './depthNormals.ts';
import { outputOf } from './outputOf.ts';
import type {
  CropTransform,
  OutputQuantity,
  RenderedImage,
  RenderedOutput,
  RenderRequest,
} from './pipeline.ts';
import { completeCamera } from './renderCamera.ts';

/** Rays, and what is seen along them. */
type SeenRays = Pick<RayBuffers, 'origins' | 'directions' | 'colors' | 'depths'> & {
  /** What `findOccupied` says, where it was asked. */
  readonly occupied: Float32Array;
};

/** An output while it is written: `write` takes ray `ray` of the buffers for pixel `pixel`, `finish` what no pixel says alone. */
interface Canvas extends RenderedOutput {
  write(rays: SeenRays, ray: number, pixel: number): void;
  finish?(size: Size): void;
}

/** What a radiance model can show of a pixel, by name; `moreBackground` is what the background has more of than the model's own. */
const canvases: Readonly<Record<string, (pixels: number, moreBackground: Color) => Canvas>> = {
  /** Colour over the background: uint8 sRGB. */
  rgb(pixels, more) {
    const data = new Uint8Array(pixels * 3);
    return {
      channels: 3,
      data,
      write({ colors }, ray, pixel) {
        const light = colors[ray * 4 + 3]!;
        for (let channel = 0; channel < 3; channel++)
          data[pixel * 3 + channel] = toByte(colors[ray * 4 + channel]! + light * more[channel]!);
      },
    };
  },
  /** Expected distance from the camera, in model units: float32. */
  depth: (pixels) => scalars(pixels, 'distance', ({ depths }, ray) => depths[ray]!),
  /** How much of the light comes from the scene, 0 (all background) to 1: float32. */
  accumulation: (pixels) => scalars(pixels, 'share', ({ colors }, ray) => 1 - colors[ray * 4 + 3]!),
  /** Of the surface at the expected distances, 0 where less than half of the light comes from the scene: float32. */
  normals(pixels) {
    const data = new Float32Array(pixels * 3);
    return {
      channels: 3,
      data,
      quantity: 'direction',
      write({ origins, directions, colors, depths }, ray, pixel) {
        // What is mostly looked through has no surface, and its mean distance lies somewhere between things.
        const distance = colors[ray * 4 + 3]! <= 0.5 ? depths[ray]! : Number.NaN;
        for (let axis = ray * 3, k = 0; k < 3; k++, axis++)
          data[pixel * 3 + k] = origins[axis]! + distance * directions[axis]!;
      },
      finish: (size) => depthNormals(data, size),
    };
  },
};

/** The first sample in an occupied cell, of models with an occupancy grid, as its distance from the camera, in model units: float32. */
const occupancyCanvas = (pixels: number) =>
  scalars(pixels, 'distance', ({ occupied }, ray) => occupied[ray]!);

type ImageModel = Pick<RadianceModel, 'rays' | 'render' | 'findOccupied'>;

function canvasesOf({ findOccupied }: Pick<ImageModel, 'findOccupied'>) {
  return findOccupied ? { ...canvases, occupancy: occupancyCanvas } : canvases;
}

/** What can be shown of a model, by name. */
export function radianceOutputs(model: Pick<ImageModel, 'findOccupied'>): readonly string[] {
  return Object.keys(canvasesOf(model));
}

function scalars(
  pixels: number,
  quantity: OutputQuantity,
  value: (rays: SeenRays, ray: number) => number,
): Canvas {
  const data = new Float32Array(pixels);
  return {
    channels: 1,
    data,
    quantity,
    write(rays, ray, pixel) {
      data[pixel] = value(rays, ray);
    },
  };
}

/**
 * Rays between two turns of the event loop: who looks elsewhere meanwhile waits for the rest of them. Measured with instant-ngp: fewer take longer altogether,
 * as many as a step has are a fifth of a second.
 */
const mostRaysOfTurn = 4096;

/**
 * Renders `request` a tile at a time and yields after each how much is done, 0..1. Changes only the model's ray buffers, which every
 * step fills anew.
 * @param ownBackground what the model renders over
 * @param known of the picture before
 * @throws ConfigError for an output that radiance models do not have; before the first tile
 */
export function* renderImage(
  model: ImageModel,
  { camera, outputs, background, crop }: RenderRequest,
  ownBackground: Color,
  known?: KnownDirections,
): Generator<number, RenderedImage> {
  const complete = completeCamera(camera);
  const { width, height } = complete;
  const pixels = width * height;
  const [r, g, b] = background ?? ownBackground;
  const more: Color = [r - ownBackground[0], g - ownBackground[1], b - ownBackground[2]];
  const ours = canvasesOf(model);
  const images = outputs.map((name): readonly [string, Canvas] => [name, outputOf(ours, name)(pixels, more)]);
  const look = lookFor(model, outputs, crop);
  const rays = createRayGenerator([complete], { known });
  const order = pixelBlocks(width, height);
  for (let begin = 0; begin < pixels; ) {
    const count = aimTile(model, rays, 0, { begin, most: mostRaysOfTurn }, order);
    const seen = look(count);
    for (const [, canvas] of images)
      for (let ray = 0; ray < count; ray++) canvas.write(seen, ray, order[begin + ray]!);
    begin += count;
    yield begin / pixels;
  }
  for (const [, canvas] of images) canvas.finish?.({ width, height });
  return {
    width,
    height,
    outputs: Object.fromEntries(images.map(([name, { write: _, finish: __, ...output }]) => [name, output])),
  };
}

/** What finds out what `outputs` need to know of the rays in the buffers, and no more: a picture of the occupancy grid alone asks no network. */
function lookFor(
  model: ImageModel,
  outputs: readonly string[],
  crop: CropTransform | undefined,
): (count: number) => SeenRays {
  const isOccupancy = (name: string) => name === 'occupancy';
  const rendersField = !outputs.every(isOccupancy);
  const findsOccupied = outputs.some(isOccupancy);
  const nothing = new Float32Array();
  return (count) => {
    if (rendersField) model.render(count, crop);
    const occupied = (findsOccupied && model.findOccupied?.(count, crop)) || nothing;
    return { ...model.rays, occupied };
  };
}

/**
 * Renders pixels of camera `index`, in `order` from its place `begin` on, as many as the model's buffers hold; what is seen along them lies in the
 * buffers then.
 * @returns how many
 */
export function renderTile(
  model: Pick<RadianceModel, 'rays' | 'render'>,
  rays: RayGenerator,
  index: number,
  begin: number,
  order: Int32Array,
): number {
  const count = aimTile(model, rays, index, { begin, most: model.rays.capacity }, order);
  model.render(count);
  return count;
}

/** Writes the rays of these pixels into the model's buffers, `most` at most. @returns how many */
function aimTile(
  model: Pick<RadianceModel, 'rays'>,
  rays: RayGenerator,
  index: number,
  { begin, most }: { readonly begin: number; readonly most: number },
  order: Int32Array,
): number {
  const count = Math.min(most, model.rays.capacity, order.length - begin);
  // No photo belongs to these rays: what a model has learnt about single photos is left out.
  model.rays.imageIndex.fill(-1, 0, count);
  rays.generateRays(index, begin, begin + count, model.rays, order);
  return count;
}
