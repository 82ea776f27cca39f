/** A beginning for transparent photos: random points of the scene's box that no photo shows as transparent. */
import { RandomStream, randomKey, uniformAt } from '../../rng.ts';
import type { ColoredPoints } from './initialSplats.ts';
import { type Point, pixelOf } from './photoPixel.ts';
import { isMasked, isOpaque, type PhotoPyramid } from './photoPyramid.ts';
import type { SplatView } from './splatView.ts';

/** Tries for each point that is wanted. */
const triesPerPoint = 200;

/**
 * Colours are means of what the photos show at the points.
 * @param views of the photos at full resolution
 * @param box minimum x, y, z, maximum x, y, z in the splats' coordinates
 * @returns up to `count` points; fewer if little is left of the box
 */
export function silhouettePoints(
  photos: PhotoPyramid,
  views: readonly SplatView[],
  box: readonly number[],
  count: number,
  seed: number,
): ColoredPoints {
  const key = randomKey(seed, RandomStream.initialization, 0);
  const positions: number[] = [];
  const colors: number[] = [];
  for (let attempt = 0; attempt < count * triesPerPoint && positions.length < count * 3; attempt++) {
    const [x, y, z] = [0, 1, 2].map(
      (k) => box[k]! + (box[k + 3]! - box[k]!) * uniformAt(key, attempt * 3 + k),
    ) as [number, number, number];
    const color = colorInAllPhotos(photos, views, [x, y, z]);
    if (!color) continue;
    positions.push(x, y, z);
    colors.push(...color);
  }
  return { positions: Float32Array.from(positions), colors: Float32Array.from(colors) };
}

/** The mean colour of the pixels that show the point; undefined if one of them is transparent, or none shows it (a mask hides it). */
function colorInAllPhotos(
  photos: PhotoPyramid,
  views: readonly SplatView[],
  point: Point,
): number[] | undefined {
  const sum = [0, 0, 0];
  let seen = 0;
  for (const [index, view] of views.entries()) {
    const pixel = pixelOf(view, point);
    if (!pixel) continue;
    const pixels = photos.pixelsOf(index, 0);
    const at = (pixel.row * view.width + pixel.column) * 4;
    if (isMasked(pixels, at)) continue;
    if (pixels[at + 3] === 0) return undefined;
    for (let k = 0; k < 3; k++) sum[k]! += pixels[at + k]! / 255;
    seen++;
  }
  return seen > 0 ? sum.map((value) => value / seen) : undefined;
}

/** How many photos show the point as transparent. */
export function transparentIn(
  photos: Pick<PhotoPyramid, 'pixelsOf'>,
  views: readonly SplatView[],
  point: Point,
): number {
  let count = 0;
  for (const [index, view] of views.entries()) {
    const pixel = pixelOf(view, point);
    if (!pixel) continue;
    const pixels = photos.pixelsOf(index, 0);
    const at = (pixel.row * view.width + pixel.column) * 4;
    if (!isMasked(pixels, at) && !isOpaque(pixels[at + 3]!)) count++;
  }
  return count;
}
