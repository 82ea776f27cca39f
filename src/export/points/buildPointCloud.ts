/** A point cloud of what a model has learned. */
import type { CropBox } from '../../data/cropBox.ts';
import { DataError } from '../../errors.ts';
import { lookAround, type SurfaceSource } from '../surface/lookAround.ts';
import { chosenPoints, evenlySpaced, joined, type PointCloud, pointsOf, seenPoints } from './pointCloud.ts';
import { smoothPoints } from './smoothPoints.ts';

/** Rays of a first look, which tells how many of them meet a surface. */
const firstPixels = 200_000;
/** So many times the wanted points are looked for, because some go as floating ones and outliers; and at most so many rays are sent out. */
const spare = 1.4;
const mostPixels = 24e6;

/**
 * At most `count` points, spread as evenly over the rays of all views as these are over the surfaces; fewer where the photos' pixels show no more.
 * @throws DataError where no ray meets a surface
 */
export function buildPointCloud(source: SurfaceSource, count: number, crop?: CropBox): PointCloud {
  const first = lookAround(source, firstPixels);
  const met = first.reduce((sum, view) => sum + pointsOf(view, crop).widths.length, 0);
  const sent = first.reduce((sum, { distances }) => sum + distances.length, 0);
  if (met === 0) throw new DataError(nothingSeen(crop), '');
  const views = lookAround(source, Math.min(mostPixels, (count * spare * sent) / met));
  const all = evenlySpaced(joined(views.map((view) => pointsOf(view, crop))), Math.ceil(count * spare));
  const seen = evenlySpaced(chosenPoints(all, seenPoints(all, views)), Math.ceil(count * 1.1));
  return evenlySpaced(smoothPoints(seen), count);
}

/** What to say where there is no surface. */
export function nothingSeen(crop?: CropBox): string {
  return crop
    ? `no surface lies in the box --crop ${crop.join(',')}: give a larger one, in the coordinates of --frame`
    : 'the model has no surface that its cameras see: train it longer';
}
