/** Which pixel of a photo shows a point of the scene: through the lens, as the kernels project splats. */
import { distort as polynomial } from '../../data/cameras/distort.ts';
import type { SplatView } from './splatView.ts';

/** In the splats' coordinates. */
export type Point = readonly [number, number, number];

export interface PhotoPixel {
  readonly column: number;
  readonly row: number;
}

/** OpenCV's lens models: a point on the plane z = 1 to where the lens shows it. */
export function distort(view: SplatView, u: number, v: number): [number, number] {
  if (view.lens === 0) return [u, v];
  const distance = Math.hypot(u, v);
  const bend = view.lens === 2 && distance > 0 ? Math.atan(distance) / distance : 1;
  return polynomial(u * bend, v * bend, [view.k1, view.k2, view.k3, view.k4, view.p1, view.p2]);
}

/** The pixel that shows the point (u, v) of the plane z = 1; undefined beyond the photo. */
export function pixelAt(view: SplatView, u: number, v: number): PhotoPixel | undefined {
  // A lens's polynomial means nothing beyond the picture: it may lead back into it.
  if (u < view.leftU || u > view.rightU || v < view.topV || v > view.bottomV) return undefined;
  const [x, y] = distort(view, u, v);
  const [column, row] = [Math.floor(view.fx * x + view.cx), Math.floor(view.fy * y + view.cy)];
  return column >= 0 && row >= 0 && column < view.width && row < view.height ? { column, row } : undefined;
}

/** The pixel that shows the point; undefined if it lies behind the camera or beyond the photo. */
export function pixelOf(view: SplatView, [x, y, z]: Point): PhotoPixel | undefined {
  const depth = view.r20 * x + view.r21 * y + view.r22 * z + view.t2;
  if (depth <= 0) return undefined;
  return pixelAt(
    view,
    (view.r00 * x + view.r01 * y + view.r02 * z + view.t0) / depth,
    (view.r10 * x + view.r11 * y + view.r12 * z + view.t1) / depth,
  );
}
