/** Where splats begin: on the data set's points, else inside silhouettes, else on depths that a plane sweep finds. */
import type { Scene } from '../../data/scene.ts';
import { DataError } from '../../errors.ts';
import type { KernelPool } from '../../kernels/kernelPool.ts';
import type { Log } from '../../log.ts';
import type { ColoredPoints } from './initialSplats.ts';
import type { PhotoPyramid } from './photoPyramid.ts';
import { silhouettePoints } from './silhouettePoints.ts';
import type { SplatConfig } from './splatSchema.ts';
import type { SplatSpace } from './splatSpace.ts';
import type { SplatView } from './splatView.ts';
import { type SweptPhotos, sweepPoints } from './sweepPoints.ts';

export interface StartOptions {
  readonly kernels: KernelPool;
  readonly scene: Scene;
  readonly space: SplatSpace;
  readonly photos: PhotoPyramid;
  /** Of the photos, at full resolution. */
  readonly views: readonly SplatView[];
  readonly start: SplatConfig['start'];
  readonly seed: number;
  readonly log: Log;
  /** Of the data set, for the error. */
  readonly path: string;
}

/** Pixels of the photos that a plane sweep compares: half and quarter resolution in colour and grey are 2.5 bytes of each. */
const mostSweptPixels = 300e6;
/** Fewer points are no beginning. */
const fewestPoints = 10;

/** @returns at most `start.points` points. @throws DataError where none can be found */
export function startPoints(options: StartOptions): ColoredPoints {
  const { path } = options;
  const { points, what } = chosenPoints(options);
  const count = points.positions.length / 3;
  if (count < fewestPoints)
    throw new DataError(
      `splats cannot begin: only ${count} points were found ${what}; the photos must overlap and their poses fit (or choose the method instant-ngp)`,
      path,
    );
  options.log.info({ points: count }, `splats begin at ${count} points ${what}`);
  return points;
}

function chosenPoints({ kernels, scene, space, photos, views, start, seed }: StartOptions) {
  if (scene.points) return { points: someOf(scene.points, space, start.points), what: 'of the data set' };
  if (scene.hasAlpha && scene.bounded) {
    const box = scene.aabb.map((value, k) => (value - space.center[k % 3]!) * space.scale);
    return {
      points: silhouettePoints(photos, views, box, start.points, seed),
      what: 'inside the silhouettes',
    };
  }
  const looked = forSweep(photos, views);
  return {
    points: sweepPoints(kernels, looked.photos, looked.views, start.points, seed),
    what: 'by a plane sweep',
  };
}

/** Every photo, or evenly spaced ones of so many that all of them would take too much memory at once. */
function forSweep(photos: PhotoPyramid, views: readonly SplatView[]) {
  const pixels = views.reduce((sum, { width, height }) => sum + width * height, 0);
  const every = Math.ceil(pixels / mostSweptPixels);
  const numbers = views.flatMap((_, index) => (index % every === 0 ? [index] : []));
  const chosen: SweptPhotos = {
    hold: (work) => photos.hold(work),
    addressOf: (index, level) => photos.addressOf(numbers[index]!, level),
    pixelsOf: (index, level) => photos.pixelsOf(numbers[index]!, level),
  };
  return { photos: chosen, views: numbers.map((index) => views[index]!) };
}

/** Evenly spaced ones of the data set's points. */
function someOf(
  { positions, colors }: NonNullable<Scene['points']>,
  { center, scale }: SplatSpace,
  most: number,
): ColoredPoints {
  const all = positions.length / 3;
  const count = Math.min(all, most);
  const indexOf = (k: number) => Math.floor((Math.floor(k / 3) * all) / count) * 3 + (k % 3);
  return {
    positions: Float32Array.from(
      { length: count * 3 },
      (_, k) => (positions[indexOf(k)]! - center[k % 3]!) * scale,
    ),
    colors: Float32Array.from({ length: count * 3 }, (_, k) => colors[indexOf(k)]! / 255),
  };
}
