/** What photos show all around what they are of, and how far that reaches. */
import { pointDirection } from './cameras/cameraDirections.ts';
import type { Image } from './image.ts';
import type { Backdrop } from './photoFindings.ts';
import type { Frame } from './scene.ts';
import { addScaled, columnOf, dot, type Vector3 } from './vector3.ts';

/** Pixels of a photo that are looked at, each red, green, blue and alpha: few enough to keep, whatever its size. */
export interface PhotoSample {
  /** The outermost ones. */
  readonly border: readonly (readonly number[])[];
  readonly hasTransparent: boolean;
  /** Every `step`th one of every `step`th row. */
  readonly grid: readonly (readonly number[])[];
  readonly step: number;
}

/** Values that differ by less count as one: JPEG's noise. */
const tolerance = 8;
/** What stands on the ground may cross the border. */
const plainShare = 0.9;
/** Rows and columns of a photo that are looked at for what it shows. */
const mostSteps = 256;

export function samplePhoto(photo: Image): PhotoSample {
  const { width, height, channels, data } = photo;
  const step = Math.ceil(Math.max(width, height) / mostSteps);
  const grid: number[][] = [];
  for (let row = 0; row < height; row += step)
    for (let column = 0; column < width; column += step) grid.push(pixelAt(photo, row, column));
  const hasTransparent = channels === 4 && data.some((value, index) => index % 4 === 3 && value < 255);
  return { border: borderPixels(photo), hasTransparent, grid, step };
}

/** @param photos a few of a data set's; at least one */
export function backdropOf(photos: readonly PhotoSample[]): Backdrop {
  const border = photos.flatMap((photo) => photo.border);
  const share = (isLike: (pixel: readonly number[]) => boolean) =>
    border.filter(isLike).length / border.length;
  if (share(([, , , alpha]) => alpha === 0) >= plainShare) return 'transparent';
  if (photos.some(({ hasTransparent }) => hasTransparent)) return 'unknown';
  const like = (color: readonly number[]) => share((pixel) => isClose(pixel, color)) >= plainShare;
  if (like([255, 255, 255])) return 'white';
  if (like([0, 0, 0])) return 'black';
  const median = [0, 1, 2].map(
    (channel) => border.map((pixel) => pixel[channel]!).sort((a, b) => a - b)[border.length >> 1]!,
  );
  return like(median) ? 'plain' : 'surroundings';
}

/**
 * How far what is before the backdrop reaches from `center`: the largest distance at which the ray of any of its pixels passes. A point of
 * the scene is farther than that only by what no view shows from the side.
 *
 * @param photos those of `frames`
 * @returns 0 where there is nothing but backdrop
 */
export function reachOfContents(
  frames: readonly Frame[],
  photos: readonly PhotoSample[],
  backdrop: 'transparent' | 'white' | 'black',
  center: Vector3,
): number {
  const empty = backdrop === 'white' ? 255 : 0;
  const local = new Float64Array(3);
  let reach = 0;
  frames.forEach(({ camera }, index) => {
    const { grid, step } = photos[index]!;
    const offset = addScaled(center, columnOf(camera.cameraToWorld, 3), -1);
    let next = 0;
    for (let row = 0; row < camera.height; row += step)
      for (let column = 0; column < camera.width; column += step) {
        const pixel = grid[next++]!;
        if (backdrop === 'transparent' ? pixel[3]! < 128 : isClose(pixel, [empty, empty, empty])) continue;
        pointDirection(camera, column + 0.5, row + 0.5, local);
        const m = camera.cameraToWorld;
        const ray = [0, 4, 8].map(
          (at) => m[at]! * local[0]! + m[at + 1]! * local[1]! + m[at + 2]! * local[2]!,
        ) as unknown as Vector3;
        const along = dot(offset, ray) ** 2 / dot(ray, ray);
        reach = Math.max(reach, Math.sqrt(Math.max(0, dot(offset, offset) - along)));
      }
  });
  return reach;
}

/** Red, green, blue and alpha of the outermost pixels. */
function borderPixels(photo: Image): number[][] {
  const pixels: number[][] = [];
  for (let row = 0; row < photo.height; row++) {
    const step = row === 0 || row === photo.height - 1 ? 1 : Math.max(1, photo.width - 1);
    for (let column = 0; column < photo.width; column += step) pixels.push(pixelAt(photo, row, column));
  }
  return pixels;
}

function pixelAt({ width, channels, data }: Image, row: number, column: number): number[] {
  const at = (row * width + column) * channels;
  return [data[at]!, data[at + 1]!, data[at + 2]!, channels === 4 ? data[at + 3]! : 255];
}

function isClose(pixel: readonly number[], color: readonly number[]): boolean {
  return color.every((value, channel) => Math.abs(value - pixel[channel]!) <= tolerance);
}
