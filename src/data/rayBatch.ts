/** Rays of many pixels at once, with the colours seen there: what a training step and a rendering start from. */
import { type Camera, sameIntrinsics } from './cameras/camera.ts';
import { cameraDirections, pointDirection } from './cameras/cameraDirections.ts';
import type { Photos } from './photos.ts';
import type { PixelSamples } from './pixelSampler.ts';

/** Rays in the model's coordinates. */
export interface Rays {
  /** [rays, 3] float32 */
  readonly origins: Float32Array;
  /** [rays, 3] float32, unit length */
  readonly directions: Float32Array;
}

/** Rays and what the photos show along them. */
export interface RayBatch extends Rays {
  /** [rays, 4] float32, 0..1, sRGB as stored, straight alpha; alpha is 1 for images without. */
  readonly rgba: Float32Array;
  /** [rays] int32, which image each ray belongs to. */
  readonly imageIndex: Int32Array;
}

/** Gives the rays of a set of cameras. */
export interface RayGenerator {
  /** Writes rays and colours of `samples` [0, count) to `out`, from its beginning. Photo i is seen by `cameras[i]`. */
  gatherRays(samples: PixelSamples, photos: Pick<Photos, 'readPixel'>, count: number, out: RayBatch): void;
  /**
   * Writes the rays of the pixels `begin` to `end` (excluded, row-major) of camera `index` to `out`, from its beginning; with `order`, of the
   * pixels that stand there in it.
   */
  generateRays(index: number, begin: number, end: number, out: Rays, order?: Int32Array): void;
}

/** Directions of all pixels in camera space: those of every camera with these intrinsics. */
interface DirectionTable {
  readonly camera: Camera;
  readonly table: Float32Array;
}

/** What one generator has tabulated and the next may need again: where the same lens is looked through picture after picture. */
export interface KnownDirections {
  tables: readonly DirectionTable[];
}

export interface RayGeneratorOptions {
  /** Tables of the generator before, and from then on this one's. */
  readonly known?: KnownDirections | undefined;
  /** Directions are tabulated for this many pixels at most (12 bytes each); beyond, they are computed ray by ray. */
  readonly tablePixels?: number;
}

/** Room for `count` rays, to be filled again and again. */
export function createRayBatch(count: number): RayBatch {
  return {
    origins: new Float32Array(count * 3),
    directions: new Float32Array(count * 3),
    rgba: new Float32Array(count * 4),
    imageIndex: new Int32Array(count),
  };
}

/**
 * Prepares the rays of `cameras`. Directions are computed once for all cameras with the same intrinsics.
 * The poses are copied; nothing is allocated for the rays themselves.
 */
export function createRayGenerator(
  cameras: readonly Camera[],
  { tablePixels = 1 << 24, known = { tables: [] } }: RayGeneratorOptions = {},
): RayGenerator {
  const poses = Float64Array.from(cameras.flatMap((camera) => camera.cameraToWorld));
  const tables = directionTables(cameras, tablePixels, known);
  const local = new Float64Array(3);
  const bytes = new Uint8Array(4);

  const writeRay = (index: number, pixel: number, out: Rays, ray: number) => {
    const camera = cameras[index]!;
    const table = tables[index];
    if (table !== undefined) {
      local[0] = table[pixel * 3]!;
      local[1] = table[pixel * 3 + 1]!;
      local[2] = table[pixel * 3 + 2]!;
    } else {
      const row = Math.floor(pixel / camera.width);
      pointDirection(camera, pixel - row * camera.width + 0.5, row + 0.5, local);
    }
    const pose = index * 12;
    const x = poses[pose]! * local[0]! + poses[pose + 1]! * local[1]! + poses[pose + 2]! * local[2]!;
    const y = poses[pose + 4]! * local[0]! + poses[pose + 5]! * local[1]! + poses[pose + 6]! * local[2]!;
    const z = poses[pose + 8]! * local[0]! + poses[pose + 9]! * local[1]! + poses[pose + 10]! * local[2]!;
    const scale = 1 / Math.sqrt(x * x + y * y + z * z);
    out.directions[ray * 3] = x * scale;
    out.directions[ray * 3 + 1] = y * scale;
    out.directions[ray * 3 + 2] = z * scale;
    // To the right of who looks along the ray: its direction along the horizon, turned by 90 degrees.
    const { eyeOffset = 0 } = camera;
    const aside = eyeOffset === 0 ? 0 : eyeOffset / (Math.hypot(local[0]!, local[2]!) || 1);
    const [right, back] = [-local[2]! * aside, local[0]! * aside];
    for (let axis = 0; axis < 3; axis++) {
      const row = pose + axis * 4;
      out.origins[ray * 3 + axis] = poses[row + 3]! + poses[row]! * right + poses[row + 2]! * back;
    }
  };

  return {
    gatherRays({ imageIndex, pixelIndex }, photos, count, out) {
      for (let ray = 0; ray < count; ray++) {
        const index = imageIndex[ray]!;
        const pixel = pixelIndex[ray]!;
        writeRay(index, pixel, out, ray);
        photos.readPixel(index, pixel, bytes);
        for (let channel = 0; channel < 4; channel++) out.rgba[ray * 4 + channel] = bytes[channel]! / 255;
        out.imageIndex[ray] = index;
      }
    },
    generateRays(index, begin, end, out, order) {
      for (let place = begin; place < end; place++)
        writeRay(index, order ? order[place]! : place, out, place - begin);
    },
  };
}

/** A table for each camera while there is room; cameras with equal intrinsics share one. */
function directionTables(
  cameras: readonly Camera[],
  tablePixels: number,
  known: KnownDirections,
): (Float32Array | undefined)[] {
  const made: DirectionTable[] = [];
  let pixels = 0;
  const tables = cameras.map((camera) => {
    const isSame = (candidate: DirectionTable) => sameIntrinsics(candidate.camera, camera);
    const shared = made.find(isSame);
    if (shared) return shared.table;
    pixels += camera.width * camera.height;
    if (pixels > tablePixels) return undefined;
    const table = known.tables.find(isSame)?.table ?? cameraDirections(camera);
    made.push({ camera, table });
    return table;
  });
  known.tables = made;
  return tables;
}
