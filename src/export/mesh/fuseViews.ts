/**
 * Puts what many views see of a surface together: a truncated signed distance at each grid point, averaged over the views.
 * Source: Curless and Levoy, "A Volumetric Method for Building Complex Models from Range Images" (1996).
 */
import type { CropBox } from '../../data/cropBox.ts';
import { pointsOf } from '../points/pointCloud.ts';
import type { SurfaceView } from '../surface/surfaceView.ts';
import { distanceAt, projectionOf } from '../surface/viewProjection.ts';
import { blockSide, createDistanceGrid, type DistanceGrid } from './distanceGrid.ts';

/** Grid points from a surface to where its distances are cut off. */
const truncationPoints = 4;

/**
 * A ray that goes by says that a point lies outside, not how far from the surface: many of them remove what one view alone has seen, and a few do not
 * push a surface that they graze.
 */
const passing = 0.15;

/**
 * @param box in which the surface is looked for
 * @param spacing of the grid
 * @param onView told after each view how many are done
 * @throws DataError where the grid would take too much memory
 */
export function fuseViews(
  views: readonly SurfaceView[],
  box: CropBox,
  spacing: number,
  onView: (done: number, total: number) => void = () => {},
): DistanceGrid {
  const origin = [box[0]!, box[1]!, box[2]!] as const;
  const grid = createDistanceGrid(origin, spacing, truncationPoints * spacing);
  for (const view of views) addBlocks(grid, view, box);
  for (const [index, view] of views.entries()) {
    addView(grid, view);
    onView(index + 1, views.length);
  }
  return grid;
}

/** The blocks that the rays of a view pass near the surface. */
function addBlocks(grid: DistanceGrid, view: SurfaceView, box: CropBox): void {
  const side = grid.spacing * blockSide;
  const { positions, normals } = pointsOf(view, box);
  const [ox, oy, oz] = grid.origin;
  for (let at = 0; at < positions.length; at += 3)
    for (let step = -1; step <= 1; step++) {
      const along = step * grid.truncation;
      grid.addBlock(
        Math.floor((positions[at]! + along * normals[at]! - ox) / side),
        Math.floor((positions[at + 1]! + along * normals[at + 1]! - oy) / side),
        Math.floor((positions[at + 2]! + along * normals[at + 2]! - oz) / side),
      );
    }
}

/** Adds what the view says of every grid point that it sees. A ray that meets nothing says that the points along it are outside. */
function addView(grid: DistanceGrid, view: SurfaceView): void {
  const { origin, spacing, truncation } = grid;
  const project = projectionOf(view);
  const { fx, width } = view.camera;
  for (const [block, [bx, by, bz]] of grid.blocks.entries()) {
    if (!mayBeSeen(grid, view, bx, by, bz)) continue;
    const sums = grid.sums(block);
    const weights = grid.weights(block);
    for (let point = 0; point < sums.length; point++) {
      const x = origin[0] + spacing * (bx * blockSide + (point & 7));
      const y = origin[1] + spacing * (by * blockSide + ((point >> 3) & 7));
      const z = origin[2] + spacing * (bz * blockSide + (point >> 6));
      const seen = project(x, y, z);
      if (!seen) continue;
      const along = distanceAt(view, seen) - seen.distance;
      // Hidden behind the surface, or not certain.
      if (!(along >= -truncation)) continue;
      const facing = view.facing[Math.floor(seen.row) * width + Math.floor(seen.column)]!;
      // Along the ray times the cosine is perpendicular to the surface, which is the nearest way.
      const value = Math.min(1, (along * facing) / truncation);
      // The more pixels an area takes, the more is known of it.
      const weight = (value < 1 ? facing : passing) * (fx / seen.distance) ** 2;
      sums[point]! += weight * value;
      weights[point]! += weight;
    }
  }
}

/** Whether the ball around a block may lie in the view's pyramid. */
function mayBeSeen(
  { origin, spacing }: DistanceGrid,
  { camera }: SurfaceView,
  bx: number,
  by: number,
  bz: number,
): boolean {
  const { width, height, fx, fy, cx, cy, cameraToWorld: m } = camera;
  const half = (blockSide - 1) / 2;
  const dx = origin[0] + spacing * (bx * blockSide + half) - m[3]!;
  const dy = origin[1] + spacing * (by * blockSide + half) - m[7]!;
  const dz = origin[2] + spacing * (bz * blockSide + half) - m[11]!;
  const radius = Math.sqrt(3) * half * spacing;
  const right = m[0]! * dx + m[4]! * dy + m[8]! * dz;
  const down = -(m[1]! * dx + m[5]! * dy + m[9]! * dz);
  const depth = -(m[2]! * dx + m[6]! * dy + m[10]! * dz);
  if (depth < -radius) return false;
  // Distance from each side of the pyramid, outward: (u f - d depth) / length of the side's normal.
  const outside = (across: number, focalLength: number, pixels: number) =>
    (across * focalLength - depth * pixels) / Math.hypot(focalLength, pixels);
  return (
    outside(right, fx, width - cx) <= radius &&
    outside(-right, fx, cx) <= radius &&
    outside(down, fy, height - cy) <= radius &&
    outside(-down, fy, cy) <= radius
  );
}
