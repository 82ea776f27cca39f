/** Where splats begin: on the data set's points, inside silhouettes, or on depths that a plane sweep finds. */
import type { Scene } from '../../data/scene.ts';
import { DataError } from '../../errors.ts';
import type { KernelPool } from '../../kernels/kernelPool.ts';
import type { Log } from '../../log.ts';
import type { ColoredPoints } from './initialSplats.ts';
import { isTransparent, type PhotoPyramid } from './photoPyramid.ts';
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

/** A way to find points. */
interface Source {
  /** What stands behind "at n points". */
  readonly where: string;
  find(): ColoredPoints;
}

/** With fewer points the next source is tried; with fewer than `fewestPoints` from the best there is no beginning. */
const enoughPoints = 100;
const fewestPoints = 10;

/** @returns at most `start.points` points. @throws DataError where none can be found */
export function startPoints(options: StartOptions): ColoredPoints {
  const { path, photos, log } = options;
  if (photos.opaqueShare === 0)
    throw new DataError(
      `${path}: every photo is transparent everywhere: there is nothing to train on. Save the photos with what their alpha should show`,
      path,
    );
  const tried: { readonly where: string; readonly points: ColoredPoints; readonly count: number }[] = [];
  for (const { where, find } of sourcesOf(options)) {
    const points = find();
    const count = points.positions.length / 3;
    tried.push({ where, points, count });
    if (count >= Math.min(enoughPoints, options.start.points)) break;
  }
  const best = tried.reduce((a, b) => (b.count > a.count ? b : a));
  if (best.count < fewestPoints)
    throw new DataError(
      `${path}: splats cannot begin: ${tried.map(({ count, where }) => `${count} points ${where}`).join(', ')}. The photos must overlap and their poses fit; or choose the method instant-ngp`,
      path,
    );
  log.info({ tell: true, points: best.count }, `splats begin at ${best.count} points ${best.where}`);
  return best.points;
}

/** The ways to find points in this scene, the best first. */
function sourcesOf({ kernels, scene, space, photos, views, start, seed }: StartOptions): Source[] {
  const { points } = scene;
  const silhouettes = (box: readonly number[]): Source => ({
    where: 'inside the silhouettes',
    find: () => silhouettePoints(photos, views, box, start.points, seed),
  });
  const transparent = isTransparent(photos);
  const sceneBox = scene.aabb.map((value, k) => (value - space.center[k % 3]!) * space.scale);
  return [
    ...(points ? [{ where: 'of the data set', find: () => someOf(points, space, start.points) }] : []),
    ...(transparent && scene.bounded ? [silhouettes(sceneBox)] : []),
    {
      where: 'by a plane sweep',
      find() {
        const looked = forSweep(photos, views);
        return sweepPoints(kernels, looked.photos, looked.views, start.points, seed);
      },
    },
    ...(transparent && !scene.bounded ? [silhouettes(cameraBox)] : []),
  ];
}

/** Holds the cameras, and so an object that they surround. */
const cameraBox = [-1, -1, -1, 1, 1, 1];

/** Every photo, or evenly spaced ones of so many that all of them would take too much memory at once. */
function forSweep(photos: PhotoPyramid, views: readonly SplatView[]) {
  const pixels = views.reduce((sum, { width, height }) => sum + width * height, 0);
  const every = Math.ceil(pixels / mostSweptPixels);
  const numbers = views.flatMap((_, index) => (index % every === 0 ? [index] : []));
  const chosen: SweptPhotos = {
    opaqueShare: photos.opaqueShare,
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
