/** Pixels whose depths a plane sweep looks for, and which of the depths are dropped again: what stands alone is a chance likeness. */
import { RandomStream, randomKey, uniformAt } from '../../rng.ts';
import { type Point, pixelAt } from './photoPixel.ts';
import { isOpaque, isTransparent, type PhotoPyramid } from './photoPyramid.ts';
import { transparentIn } from './silhouettePoints.ts';
import type { SplatView } from './splatView.ts';

/** Depths this near to each other, as logarithms, support each other: of neighbouring pixels, and of the same place in two photos. */
const supportTolerance = 0.15;
const agreementTolerance = 0.08;
/** A point that more photos than this show as transparent is none. */
const mostTransparent = 1;
/** Nothing nearer is looked at, where the cameras lie within 1 of the origin. */
const nearestSeen = 0.018;

/** States that the kernel gives, and those that come from looking at all photos together. */
export const states = { unknown: 0, carved: 5, unsupported: 6, unconfirmed: 7, good: 8, outside: 9 } as const;

/** A pixel as a camera without distortion would have taken it. */
export interface Sample {
  readonly x: number;
  readonly y: number;
  depth: number;
  state: number;
}

/** Samples of a photo on a grid of columns x rows, each at a random place of its cell. */
export interface SampleGrid {
  readonly columns: number;
  readonly rows: number;
  readonly samples: Sample[];
}

/** @param wanted samples, about */
export function sampleGrid(
  view: SplatView,
  pixels: Uint8Array,
  wanted: number,
  seed: number,
  index: number,
): SampleGrid {
  const { width, height } = view;
  const columns = Math.max(1, Math.floor(Math.sqrt((wanted * width) / height)));
  const rows = Math.max(1, Math.floor(wanted / columns));
  const key = randomKey(seed, RandomStream.initialization, index + 1);
  const samples = Array.from({ length: columns * rows }, (_, k): Sample => {
    const x = ((k % columns) + uniformAt(key, 2 * k)) * (width / columns);
    const y = (Math.floor(k / columns) + uniformAt(key, 2 * k + 1)) * (height / rows);
    const shown = pixelOfSample(view, { x, y });
    const seen = shown && isOpaque(pixels[(shown.row * width + shown.column) * 4 + 3]!);
    return { x, y, depth: 0, state: seen ? states.unknown : states.outside };
  });
  return { columns, rows, samples };
}

/** Where transparent photos cut out the object, points beside it are chance likenesses. */
export function dropCarved(
  grids: readonly SampleGrid[],
  views: readonly SplatView[],
  photos: Pick<PhotoPyramid, 'pixelsOf' | 'opaqueShare'>,
): void {
  grids.forEach(({ samples }, index) => {
    for (const sample of samples)
      if (sample.state === states.good && isCarved(pointAt(views[index]!, sample), views, photos))
        sample.state = states.carved;
  });
}

/** Whether the point lies where photos show nothing; never where they are not transparent. */
export function isCarved(
  point: Point,
  views: readonly SplatView[],
  photos: Pick<PhotoPyramid, 'pixelsOf' | 'opaqueShare'>,
): boolean {
  return isTransparent(photos) && transparentIn(photos, views, point) > mostTransparent;
}

/** The photo's pixel at a sample; undefined beyond the photo. */
export function pixelOfSample(view: SplatView, { x, y }: Pick<Sample, 'x' | 'y'>) {
  return pixelAt(view, (x - view.cx) / view.fx, (y - view.cy) / view.fy);
}

/** A depth that no neighbouring pixel has is a chance likeness. */
export function dropUnsupported({ columns, rows, samples }: SampleGrid): void {
  const found = samples.map(({ state }) => state === states.good);
  samples.forEach((sample, k) => {
    if (!found[k]) return;
    const supported = around(k % columns, Math.floor(k / columns), columns, rows).some(
      (other) =>
        other !== k &&
        found[other]! &&
        Math.abs(Math.log(samples[other]!.depth / sample.depth)) < supportTolerance,
    );
    if (!supported) sample.state = states.unsupported;
  });
}

/** Cells about (column, row), itself included. */
function around(column: number, row: number, columns: number, rows: number): number[] {
  const cells: number[] = [];
  for (let y = Math.max(0, row - 1); y <= Math.min(rows - 1, row + 1); y++)
    for (let x = Math.max(0, column - 1); x <= Math.min(columns - 1, column + 1); x++)
      cells.push(y * columns + x);
  return cells;
}

/** A point that a neighbouring photo, where it sees it, has at another depth (or nothing near) is left out. */
export function dropUnconfirmed(
  grids: readonly SampleGrid[],
  views: readonly SplatView[],
  neighbours: readonly (readonly number[])[],
): void {
  const confirmed = grids.map(({ samples }, index) =>
    samples.map((sample) => {
      if (sample.state !== states.good) return false;
      const point = pointAt(views[index]!, sample);
      return neighbours[index]!.some((other) => {
        const seen = project(views[other]!, point);
        if (!seen) return false;
        const { columns, rows, samples: others } = grids[other]!;
        const [width, height] = [views[other]!.width, views[other]!.height];
        const cells = around(
          Math.floor((seen.x * columns) / width),
          Math.floor((seen.y * rows) / height),
          columns,
          rows,
        );
        return cells.some((cell) => {
          const { state, depth } = others[cell]!;
          return state === states.good && Math.abs(Math.log(depth / seen.depth)) < agreementTolerance;
        });
      });
    }),
  );
  grids.forEach(({ samples }, index) => {
    samples.forEach((sample, k) => {
      if (sample.state === states.good && !confirmed[index]![k]) sample.state = states.unconfirmed;
    });
  });
}

export function pointAt(view: SplatView, { x, y, depth }: Pick<Sample, 'x' | 'y' | 'depth'>): Point {
  const a = ((x - view.cx) / view.fx) * depth - view.t0;
  const b = ((y - view.cy) / view.fy) * depth - view.t1;
  const c = depth - view.t2;
  return [
    view.r00 * a + view.r10 * b + view.r20 * c,
    view.r01 * a + view.r11 * b + view.r21 * c,
    view.r02 * a + view.r12 * b + view.r22 * c,
  ];
}

/** Where a photo without distortion would show the point; undefined if it does not. */
function project(view: SplatView, [x, y, z]: Point) {
  const depth = view.r20 * x + view.r21 * y + view.r22 * z + view.t2;
  if (depth < nearestSeen) return undefined;
  const column = (view.fx * (view.r00 * x + view.r01 * y + view.r02 * z + view.t0)) / depth + view.cx;
  const row = (view.fy * (view.r10 * x + view.r11 * y + view.r12 * z + view.t1)) / depth + view.cy;
  if (!(column >= 0 && row >= 0 && column < view.width && row < view.height)) return undefined;
  return { x: column, y: row, depth };
}
