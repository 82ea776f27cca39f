/**
 * A beginning without points: depths of about 30,000 pixels by a plane sweep (src/kernels/assembly/splatSweep.ts), of which those are kept that a
 * neighbouring pixel supports and another photo confirms; some more pixels take the depth of the nearest that was kept.
 */
import type { KernelPool } from '../../kernels/kernelPool.ts';
import { sweepPhotoLayout, sweepSampleLayout } from '../../kernels/layouts.ts';
import { structAt } from '../../kernels/structs.ts';
import { RandomStream, randomKey, uniformAt } from '../../rng.ts';
import type { ColoredPoints } from './initialSplats.ts';
import type { PhotoPyramid } from './photoPyramid.ts';
import { levelSize, type SplatView } from './splatView.ts';

/** Pixels that are looked at, over all photos. */
const pixelsInAll = 30_000;
/** Depths, where the cameras lie within 1 of the origin. */
const nearest = 0.09;
const farthest = 90;
const mostNeighbours = 5;
/** Places in the list of photos by nearness: close ones and some farther away. */
const neighbourRanks = [0, 1, 2, 4, 6, 9, 13, 18];
/** Depths this near to each other, as logarithms, support each other: of neighbouring pixels, and of the same place in two photos. */
const supportTolerance = 0.15;
const agreementTolerance = 0.08;
/** Further points with a depth that was only guessed, as a share of the others. */
const guessedShare = 0.15;
const guessedSpread = 0.15;

/** States that the kernel gives, and those that come from looking at all photos together. */
const states = { unknown: 0, unsupported: 6, unconfirmed: 7, good: 8, outside: 9 } as const;

/** The photos that are compared: all of them lie in memory at once while the kernels run. */
export type SweptPhotos = Pick<PhotoPyramid, 'addressOf' | 'pixelsOf' | 'hold'>;

interface Sample {
  readonly x: number;
  readonly y: number;
  depth: number;
  state: number;
}

/** Samples of a photo on a grid of columns x rows, each at a random place of its cell. */
interface SampleGrid {
  readonly columns: number;
  readonly rows: number;
  readonly samples: Sample[];
}

/**
 * Points in the splats' coordinates, at most `count`, with the photos' colours.
 * @param views of the photos at full resolution
 */
export function sweepPoints(
  kernels: KernelPool,
  photos: SweptPhotos,
  views: readonly SplatView[],
  count: number,
  seed: number,
): ColoredPoints {
  const neighbours = views.map((_, index) => neighboursOf(views, index));
  const grids = views.map((view, index) =>
    sampleGrid(view, photos.pixelsOf(index, 0), views.length, seed, index),
  );
  photos.hold(() => sweep(kernels, photos, views, neighbours, grids));
  for (const grid of grids) dropUnsupported(grid);
  dropUnconfirmed(grids, views, neighbours);
  return pointsOf(grids, views, photos, count, seed);
}

/** The photos to compare with: those that look the same way, from near to farther. */
function neighboursOf(views: readonly SplatView[], index: number): number[] {
  const own = views[index]!;
  const ranked = views
    .flatMap((view, other) => {
      const along = own.r20 * view.r20 + own.r21 * view.r21 + own.r22 * view.r22;
      const distance = Math.hypot(
        own.positionX - view.positionX,
        own.positionY - view.positionY,
        own.positionZ - view.positionZ,
      );
      if (other === index || along < 0.6 || distance < 3e-3) return [];
      return [{ other, cost: distance + 2 * (1 - along) }];
    })
    .sort((a, b) => a.cost - b.cost || a.other - b.other);
  const ranks = new Set(
    neighbourRanks.slice(0, mostNeighbours).map((rank) => Math.min(rank, ranked.length - 1)),
  );
  return [...ranks].filter((rank) => rank >= 0).map((rank) => ranked[rank]!.other);
}

function sampleGrid(
  view: SplatView,
  pixels: Uint8Array,
  photos: number,
  seed: number,
  index: number,
): SampleGrid {
  const { width, height } = view;
  const wanted = Math.max(1, pixelsInAll / photos);
  const columns = Math.max(1, Math.floor(Math.sqrt((wanted * width) / height)));
  const rows = Math.max(1, Math.floor(wanted / columns));
  const key = randomKey(seed, RandomStream.initialization, index + 1);
  const samples = Array.from({ length: columns * rows }, (_, k): Sample => {
    const x = ((k % columns) + uniformAt(key, 2 * k)) * (width / columns);
    const y = (Math.floor(k / columns) + uniformAt(key, 2 * k + 1)) * (height / rows);
    const alpha = pixels[(Math.floor(y) * width + Math.floor(x)) * 4 + 3]!;
    return { x, y, depth: 0, state: alpha < 128 ? states.outside : states.unknown };
  });
  return { columns, rows, samples };
}

/** Runs the kernels, and reads depths and states back into the grids. */
function sweep(
  kernels: KernelPool,
  photos: SweptPhotos,
  views: readonly SplatView[],
  neighbours: readonly (readonly number[])[],
  grids: readonly SampleGrid[],
): void {
  const blocks: number[] = [];
  const allocate = (bytes: number) => {
    const address = kernels.allocate(bytes);
    blocks.push(address);
    return address;
  };
  const table = allocate(views.length * sweepPhotoLayout.bytes);
  const records = grids.map(({ samples }, index) => {
    const place = allocate(samples.length * sweepSampleLayout.bytes);
    const photo = structAt(kernels, sweepPhotoLayout, table + index * sweepPhotoLayout.bytes);
    photo.set({ ...photoFields(views[index]!, photos, index, allocate), samples: place });
    photo.set({ sampleCount: samples.length, ...neighbourFields(neighbours[index]!) });
    return samples.map(({ x, y, state }, k) => {
      const record = structAt(kernels, sweepSampleLayout, place + k * sweepSampleLayout.bytes);
      record.set({ x, y, state });
      return record;
    });
  });
  const transparent = grids.some(({ samples }) => samples.some(({ state }) => state === states.outside));
  kernels.run('splatSweepGrey', views.length, table, transparent ? 0 : 1);
  kernels.run('splatSweepDepths', views.length, table, nearest, farthest);
  grids.forEach(({ samples }, index) => {
    samples.forEach((sample, k) => {
      sample.depth = records[index]![k]!.get('depth');
      sample.state = records[index]![k]!.get('state');
    });
  });
  for (const address of blocks) kernels.release(address);
}

/** Camera and pixels of a photo, with room for its grey pictures. */
function photoFields(
  view: SplatView,
  photos: SweptPhotos,
  index: number,
  allocate: (bytes: number) => number,
) {
  const { r00, r01, r02, r10, r11, r12, r20, r21, r22, t0, t1, t2, fx, fy, cx, cy } = view;
  const { lens, k1, k2, k3, k4, p1, p2 } = view;
  const [halfWidth, halfHeight] = [levelSize(view.width, 1), levelSize(view.height, 1)];
  const [quarterWidth, quarterHeight] = [levelSize(view.width, 2), levelSize(view.height, 2)];
  return {
    ...{ r00, r01, r02, r10, r11, r12, r20, r21, r22, t0, t1, t2, fx, fy, cx, cy },
    ...{ lens, k1, k2, k3, k4, p1, p2 },
    ...{ halfWidth, halfHeight, halfPixels: photos.addressOf(index, 1) },
    halfGrey: allocate(halfWidth * halfHeight * 4),
    ...{ quarterWidth, quarterHeight, quarterPixels: photos.addressOf(index, 2) },
    quarterGrey: allocate(quarterWidth * quarterHeight * 4),
  };
}

/** Numbers of the photos to compare with; -1 behind the last. */
function neighbourFields(neighbours: readonly number[]) {
  const [neighbour0 = -1, neighbour1 = -1, neighbour2 = -1, neighbour3 = -1, neighbour4 = -1] = neighbours;
  return { neighbour0, neighbour1, neighbour2, neighbour3, neighbour4 };
}

/** A depth that no neighbouring pixel has is a chance likeness. */
function dropUnsupported({ columns, rows, samples }: SampleGrid): void {
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
function dropUnconfirmed(
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

type Point = readonly [number, number, number];

function pointAt(view: SplatView, { x, y, depth }: Pick<Sample, 'x' | 'y' | 'depth'>): Point {
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
  if (depth < nearest / 5) return undefined;
  const column = (view.fx * (view.r00 * x + view.r01 * y + view.r02 * z + view.t0)) / depth + view.cx;
  const row = (view.fy * (view.r10 * x + view.r11 * y + view.r12 * z + view.t1)) / depth + view.cy;
  if (!(column >= 0 && row >= 0 && column < view.width && row < view.height)) return undefined;
  return { x: column, y: row, depth };
}

/** Chooses among what was found, guesses some more, and takes the photos' colours. */
function pointsOf(
  grids: readonly SampleGrid[],
  views: readonly SplatView[],
  photos: SweptPhotos,
  count: number,
  seed: number,
): ColoredPoints {
  const all = grids.flatMap(({ samples }) => samples).filter(({ state }) => state !== states.outside);
  const good = all.filter(({ state }) => state === states.good).length;
  const keep = Math.min(1, (count * (1 - guessedShare)) / Math.max(1, good));
  const guess = (guessedShare * Math.min(count, Math.max(good, 2000))) / Math.max(1, all.length - good);
  const positions: number[] = [];
  const colors: number[] = [];
  grids.forEach(({ samples }, index) => {
    const view = views[index]!;
    const key = randomKey(seed, RandomStream.initialization, 100_000 + index);
    const known = samples.filter(({ state }) => state === states.good);
    samples.forEach((sample, k) => {
      const chance = uniformAt(key, 3 * k);
      const isGood = sample.state === states.good;
      if (sample.state === states.outside || known.length === 0) return;
      if (chance >= (isGood ? keep : guess) || positions.length >= count * 3) return;
      const normal =
        Math.sqrt(-2 * Math.log(1 - uniformAt(key, 3 * k + 1))) *
        Math.cos(2 * Math.PI * uniformAt(key, 3 * k + 2));
      const depth = isGood ? sample.depth : depthNear(known, sample) * Math.exp(guessedSpread * normal);
      positions.push(...pointAt(view, { ...sample, depth }));
      colors.push(
        ...colorAt(photos.pixelsOf(index, 1), levelSize(view.width, 1), levelSize(view.height, 1), sample),
      );
    });
  });
  return { positions: Float32Array.from(positions), colors: Float32Array.from(colors) };
}

/** Depth of the nearest pixel whose depth is known. */
function depthNear(known: readonly Sample[], { x, y }: Sample): number {
  let nearestSquare = Infinity;
  let depth = 1;
  for (const other of known) {
    const square = (other.x - x) ** 2 + (other.y - y) ** 2;
    if (square < nearestSquare) [nearestSquare, depth] = [square, other.depth];
  }
  return depth;
}

/** The colour at half resolution; of a pixel that is nearly transparent, not quite all of it. */
function colorAt(pixels: Uint8Array, width: number, height: number, { x, y }: Sample): number[] {
  const at = (Math.min(height - 1, Math.floor(y / 2)) * width + Math.min(width - 1, Math.floor(x / 2))) * 4;
  const alpha = Math.max(0.3, pixels[at + 3]! / 255);
  return [0, 1, 2].map((k) => Math.min(1, pixels[at + k]! / 255 / alpha));
}
