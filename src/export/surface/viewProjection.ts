/** Looks up in a view what its camera sees at a point of space. */
import type { SurfaceView } from './surfaceView.ts';

/** Where a point appears in a view. It is used again for the next one. */
export interface Projection {
  /** Column and row of the image point, in pixels; the centre of the top left pixel is (0.5, 0.5). */
  column: number;
  row: number;
  /** From the camera to the point. */
  distance: number;
}

/** Gives the image point of (x, y, z), or undefined where it lies behind the camera or outside the picture. */
export type Project = (x: number, y: number, z: number) => Projection | undefined;

export function projectionOf({ camera }: Pick<SurfaceView, 'camera'>): Project {
  const { width, height, fx, fy, cx, cy, cameraToWorld: m } = camera;
  const [rx, ux, bx, px, ry, uy, by, py, rz, uz, bz, pz] = m as unknown as Matrix;
  const found: Projection = { column: 0, row: 0, distance: 0 };
  return (x, y, z) => {
    const dx = x - px;
    const dy = y - py;
    const dz = z - pz;
    const depth = -(bx * dx + by * dy + bz * dz);
    if (!(depth > 0)) return undefined;
    const column = cx + (fx * (rx * dx + ry * dy + rz * dz)) / depth;
    const row = cy - (fy * (ux * dx + uy * dy + uz * dz)) / depth;
    if (!(column >= 0 && column < width && row >= 0 && row < height)) return undefined;
    found.column = column;
    found.row = row;
    found.distance = Math.sqrt(dx * dx + dy * dy + dz * dz);
    return found;
  };
}

type Matrix = readonly [
  ...[number, number, number, number],
  ...[number, number, number, number],
  ...[number, number, number, number],
];

/**
 * The distance that the view has at an image point: between the four nearest pixels where all are certain (their neighbours are no edges, so
 * they lie on one surface), else that of the pixel itself.
 */
export function distanceAt({ camera, distances }: SurfaceView, { column, row }: Projection): number {
  const { width, height } = camera;
  const left = Math.floor(column - 0.5);
  const top = Math.floor(row - 0.5);
  if (left >= 0 && top >= 0 && left < width - 1 && top < height - 1) {
    const at = top * width + left;
    const right = column - 0.5 - left;
    const down = row - 0.5 - top;
    const above = distances[at]! + (distances[at + 1]! - distances[at]!) * right;
    const below = distances[at + width]! + (distances[at + width + 1]! - distances[at + width]!) * right;
    const between = above + (below - above) * down;
    // Not finite as soon as one of the four is not.
    if (between - between === 0) return between;
  }
  return distances[Math.floor(row) * width + Math.floor(column)]!;
}
