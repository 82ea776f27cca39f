/** A mesh of what a model has learned. */
import type { CropBox } from '../../data/cropBox.ts';
import { DataError } from '../../errors.ts';
import { nothingSeen } from '../points/buildPointCloud.ts';
import { joined, pointsOf } from '../points/pointCloud.ts';
import { lookAround, type SurfaceSource } from '../surface/lookAround.ts';
import type { SurfaceView } from '../surface/surfaceView.ts';
import { colorMesh } from './colorMesh.ts';
import { fuseViews } from './fuseViews.ts';
import { largeParts } from './largeParts.ts';
import { marchTetrahedra } from './marchTetrahedra.ts';
import type { ColoredMesh } from './mesh.ts';
import { simplifyMesh } from './simplifyMesh.ts';

export interface MeshOptions {
  /** Grid points along the longest side of the box. */
  readonly resolution: number;
  /** At most so many faces. */
  readonly faces: number;
  /** Where surfaces are looked for. Default: around what the views see, without its farthest hundredths where the scene has no bounds. */
  readonly crop?: CropBox | undefined;
  /** Whether nothing lies far away. */
  readonly bounded: boolean;
  readonly onView?: ((done: number, total: number) => void) | undefined;
}

/** Rays that are sent out from all views together. */
const pixels = 6e6;
/** Of an unbounded scene's surfaces, along each axis and at each end, what may lie outside the box. */
const farShare = 0.02;
/** As a share of its longest side the box is larger than what lies in it. */
const margin = 0.02;

/** @throws DataError where no ray meets a surface, or the grid would take too much memory */
export async function buildMesh(source: SurfaceSource, options: MeshOptions): Promise<ColoredMesh> {
  const { resolution, faces, crop, bounded, onView } = options;
  const views = lookAround(source, pixels);
  const box = crop ?? boxOf(views, bounded ? 0 : farShare);
  const longest = Math.max(...[0, 1, 2].map((axis) => box[axis + 3]! - box[axis]!));
  const spacing = longest / resolution;
  const grid = fuseViews(views, box, spacing, onView);
  const surface = largeParts(marchTetrahedra(grid));
  if (surface.faces.length === 0) throw new DataError(nothingSeen(crop), '');
  return colorMesh(await simplifyMesh(surface, faces), views, grid.truncation);
}

/** The smallest box around what the views see but for `outside`, a share at each end of each axis, and a margin. */
function boxOf(views: readonly SurfaceView[], outside: number): CropBox {
  const { positions } = joined(views.map((view) => pointsOf(view)));
  const count = positions.length / 3;
  if (count === 0) throw new DataError(nothingSeen(), '');
  const ends = [0, 1, 2].map((axis) => {
    const sorted = Float32Array.from({ length: count }, (_, point) => positions[point * 3 + axis]!).sort();
    const last = count - 1;
    return [sorted[Math.floor(last * outside)]!, sorted[Math.ceil(last * (1 - outside))]!] as const;
  });
  const wider = margin * Math.max(...ends.map(([low, high]) => high - low));
  return [...ends.map(([low]) => low - wider), ...ends.map(([, high]) => high + wider)];
}
