/** Points on a scene's surfaces: where rays of the views meet something. */
import type { CropBox } from '../../data/cropBox.ts';
import type { SurfaceView } from '../surface/surfaceView.ts';
import { distanceAt, projectionOf } from '../surface/viewProjection.ts';

/** Points in the coordinates of the export. */
export interface PointCloud {
  /** [points, 3] float32 */
  readonly positions: Float32Array;
  /** [points, 3] uint8 sRGB */
  readonly colors: Uint8Array;
  /** [points, 3] float32: unit vectors to the camera that saw the point, or the surface's normals. */
  readonly normals: Float32Array;
  /** [points] float32: width of a pixel of that camera, where the point is. */
  readonly widths: Float32Array;
}

/** Every pixel of the view that shows a surface, as a point; `normals` look to the camera. @param crop what lies outside is left out */
export function pointsOf({ camera, distances, colors }: SurfaceView, crop?: CropBox): PointCloud {
  const { width, fx, fy, cx, cy, cameraToWorld: m } = camera;
  const chosen: number[] = [];
  const places: number[] = [];
  const directions: number[] = [];
  for (let pixel = 0; pixel < distances.length; pixel++) {
    const distance = distances[pixel]!;
    if (!Number.isFinite(distance)) continue;
    const x = ((pixel % width) + 0.5 - cx) / fx;
    const y = -(Math.floor(pixel / width) + 0.5 - cy) / fy;
    const length = Math.sqrt(x * x + y * y + 1);
    const along = (row: number) => (m[row]! * x + m[row + 1]! * y - m[row + 2]!) / length;
    const [dx, dy, dz] = [along(0), along(4), along(8)];
    const place = [m[3]! + distance * dx, m[7]! + distance * dy, m[11]! + distance * dz];
    if (crop && !place.every((value, axis) => value >= crop[axis]! && value <= crop[axis + 3]!)) continue;
    chosen.push(pixel);
    places.push(...place);
    directions.push(-dx, -dy, -dz);
  }
  return {
    positions: Float32Array.from(places),
    colors: Uint8Array.from(places, (_, k) => colors[chosen[Math.floor(k / 3)]! * 3 + (k % 3)]!),
    normals: Float32Array.from(directions),
    widths: Float32Array.from(chosen, (pixel) => distances[pixel]! / fx),
  };
}

export function joined(clouds: readonly PointCloud[]): PointCloud {
  const total = clouds.reduce((sum, { widths }) => sum + widths.length, 0);
  const all = {
    positions: new Float32Array(total * 3),
    colors: new Uint8Array(total * 3),
    normals: new Float32Array(total * 3),
    widths: new Float32Array(total),
  };
  let at = 0;
  for (const { positions, colors, normals, widths } of clouds) {
    all.positions.set(positions, at * 3);
    all.colors.set(colors, at * 3);
    all.normals.set(normals, at * 3);
    all.widths.set(widths, at);
    at += widths.length;
  }
  return all;
}

/** The points with these numbers. */
export function chosenPoints(cloud: PointCloud, numbers: ArrayLike<number>): PointCloud {
  const { positions, colors, normals, widths } = cloud;
  const from = (k: number) => numbers[Math.floor(k / 3)]! * 3 + (k % 3);
  const length = numbers.length * 3;
  return {
    positions: Float32Array.from({ length }, (_, k) => positions[from(k)]!),
    colors: Uint8Array.from({ length }, (_, k) => colors[from(k)]!),
    normals: Float32Array.from({ length }, (_, k) => normals[from(k)]!),
    widths: Float32Array.from(numbers, (number) => widths[number]!),
  };
}

/** At most `most` of them, evenly spaced in their order, which goes along the rows of one view after the other. */
export function evenlySpaced(cloud: PointCloud, most: number): PointCloud {
  const count = cloud.widths.length;
  if (count <= most) return cloud;
  const numbers = Int32Array.from({ length: most }, (_, k) => Math.floor((k * count) / most));
  return chosenPoints(cloud, numbers);
}

/** As a share of the distance: views that differ by less say the same of a point. */
const agreement = 0.03;

/**
 * Numbers of the points that no more views look through than see: a view sees a point where it has a surface at its distance, and looks
 * through it where it has one behind, or none. What floats in front of cameras goes.
 */
export function seenPoints({ positions, widths }: PointCloud, views: readonly SurfaceView[]): Int32Array {
  const votes = new Int16Array(widths.length);
  for (const view of views) {
    const project = projectionOf(view);
    for (let point = 0; point < votes.length; point++) {
      const at = point * 3;
      const seen = project(positions[at]!, positions[at + 1]!, positions[at + 2]!);
      if (!seen) continue;
      const there = distanceAt(view, seen);
      if (there > seen.distance * (1 + agreement)) votes[point]!--;
      else if (there > seen.distance * (1 - agreement)) votes[point]!++;
    }
  }
  return Int32Array.from(votes.keys()).filter((point) => votes[point]! > 0);
}
