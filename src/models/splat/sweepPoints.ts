/**
 * A beginning without points: depths of about 30,000 pixels by a plane sweep (src/kernels/assembly/splatSweep.ts), of which those are kept that a
 * neighbouring pixel supports and another photo confirms; some more pixels take the depth of the nearest that was kept.
 */
import type { KernelPool } from '../../kernels/kernelPool.ts';
import { sweepPhotoLayout, sweepSampleLayout } from '../../kernels/layouts.ts';
import { structAt } from '../../kernels/structs.ts';
import { RandomStream, randomKey, uniformAt } from '../../rng.ts';
import type { ColoredPoints } from './initialSplats.ts';
import { isTransparent, type PhotoPyramid } from './photoPyramid.ts';
import { levelSize, type SplatView } from './splatView.ts';
import {
  dropCarved,
  dropUnconfirmed,
  dropUnsupported,
  isCarved,
  pixelOfSample,
  pointAt,
  type Sample,
  type SampleGrid,
  sampleGrid,
  states,
} from './sweepSamples.ts';

/** Pixels that are looked at, over all photos; more where most are transparent, so that as many show the scene: so many times at most. */
const pixelsInAll = 30_000;
const mostForTransparent = 8;
/** Depths, where the cameras lie within 1 of the origin. */
const nearest = 0.09;
const farthest = 90;
const mostNeighbours = 5;
/** Places in the list of photos by nearness: close ones and some farther away. */
const neighbourRanks = [0, 1, 2, 4, 6, 9, 13, 18];
/** Further points with a depth that was only guessed, as a share of the others. */
const guessedShare = 0.15;
const guessedSpread = 0.15;

/** The photos that are compared: all of them lie in memory at once while the kernels run. */
export type SweptPhotos = Pick<PhotoPyramid, 'addressOf' | 'pixelsOf' | 'hold' | 'opaqueShare'>;

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
  const perPhoto =
    (pixelsInAll * Math.min(mostForTransparent, 1 / Math.max(1e-9, photos.opaqueShare))) / views.length;
  const grids = views.map((view, index) =>
    sampleGrid(view, photos.pixelsOf(index, 0), perPhoto, seed, index),
  );
  photos.hold(() => sweep(kernels, photos, views, neighbours, grids));
  dropCarved(grids, views, photos);
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
  kernels.run('splatSweepGrey', views.length, table, isTransparent(photos) ? 0 : 1);
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
      const point = pointAt(view, { ...sample, depth });
      if (!isGood && isCarved(point, views, photos)) return;
      positions.push(...point);
      colors.push(...colorAt(view, photos.pixelsOf(index, 1), sample));
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
function colorAt(view: SplatView, pixels: Uint8Array, sample: Sample): number[] {
  const { column, row } = pixelOfSample(view, sample)!;
  const [width, height] = [levelSize(view.width, 1), levelSize(view.height, 1)];
  const at = (Math.min(height - 1, row >> 1) * width + Math.min(width - 1, column >> 1)) * 4;
  const alpha = Math.max(0.3, pixels[at + 3]! / 255);
  return [0, 1, 2].map((k) => Math.min(1, pixels[at + k]! / 255 / alpha));
}
