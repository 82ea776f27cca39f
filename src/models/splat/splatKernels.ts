/** Rendering and training on splats: the kernels, in order, and the memory that they need. */
import type { KernelPool } from '../../kernels/kernelPool.ts';
import { splatChunkLayout, splatRecordLayout } from '../../kernels/layouts.ts';
import type { CropTransform } from '../../pipeline/pipeline.ts';
import type { Light } from './photoLight.ts';
import type { SplatAddresses } from './splatParameters.ts';
import { createSplatPlan, type SplatPlan, type SplatPlanField } from './splatPlan.ts';
import type { SplatView } from './splatView.ts';

/** What stays the same in a run. */
export interface SplatSettings {
  /** Most splats there will be. */
  readonly capacity: number;
  /** Numbers in a row of the harmonics: 0, 9, 24 or 45. */
  readonly harmonicsWidth: number;
  /** Nothing nearer to the camera is seen. */
  readonly near: number;
  /** Least alpha that counts. */
  readonly cutoff?: number;
  /** A pixel is finished when so little light is left. */
  readonly minTransmittance?: number;
  /** Variance in pixels² that is added to each splat. */
  readonly blur?: number;
}

/** Three numbers in 0..1. */
export type Color = readonly [number, number, number];

/** What is looked at, and how. */
export interface SplatShot {
  readonly view: SplatView;
  readonly background: Color;
  /** Degree of the harmonics in use. */
  readonly degree: number;
  /** What alone is rendered: splats with their centres in the box. */
  readonly crop?: CropTransform | undefined;
}

/** A training step: rows `rowPhase`, `rowPhase + rowStride`, ... of the photo. */
export interface SplatTrainingShot extends SplatShot {
  readonly rowStride: number;
  readonly rowPhase: number;
  /** Address of [height][width][4] uint8 with premultiplied alpha, and {@link imagePadding} more bytes. */
  readonly image: number;
  /** Share of the photo's pixels that no mask hides; default: 1. */
  readonly countedShare?: number;
  /** d loss / d (sum of the opacities in view). */
  readonly opacityPenalty?: number;
  /** d loss / d (sum of the lengths of the axes of the splats in view). */
  readonly scalePenalty?: number;
  /** The photo's; without it the splats' colours are taken as they are. */
  readonly light?: Light;
  /** Whether the camera's gradient is wanted. */
  readonly movesCamera?: boolean;
}

/**
 * What of the splats a picture shows, in its red, green and blue: their colours over the background; their distances from the camera, blended
 * (red + green * x + blue * y at the pixel's centre (x, y) is that of the pixel times 1 - light); the same of the first third of the light alone (times
 * 1 - light, where that is no more than a third); their shortest axes, turned to the camera, blended.
 */
export type SplatLayer = 'colors' | 'distances' | 'front' | 'normals';

/** A view of the kernels' memory, valid until the next call. */
export interface SplatPicture {
  /** [height][pitch][4] float32: red, green, blue, light that is left. */
  readonly data: Float32Array;
  /** Pixels from a row to the next. */
  readonly pitch: number;
}

/** [capacity] float32 each, in the kernels' memory. */
export interface SplatStatistics {
  /** Lengths of the gradients by the splat's place in the picture, in pixels. */
  readonly screenGradients: Float32Array;
  /** In how many steps it was in view: a row of pixels that was looked at lies in it. */
  readonly timesSeen: Float32Array;
}

export interface SplatKernels {
  /** Renders without randomness. @param layer what is shown; colours unless said; the background shows in these alone */
  render(shot: SplatShot, count: number, layer?: SplatLayer): SplatPicture;
  /** The same, of colours. @returns a view of [height, width, 3] float32 in 0..1, valid until the next call */
  renderColors(shot: SplatShot, count: number): Float32Array;
  /** Forward and backward pass: gradients lie at the addresses given. @returns the mean squared error over the rows' pixels and channels */
  train(shot: SplatTrainingShot, count: number): number;
  /** [6]: after `train` with a light, d loss / d (ln gain, bias), each of red, green, blue. */
  readonly lightGradient: Float64Array;
  /** [6]: after `train` with `movesCamera`, d loss / d (position x, y, z; a small turn of the camera, where it stands, about the axes x, y, z). */
  readonly poseGradient: Float64Array;
  /** What `train` adds up for each splat; whoever looks at it begins it anew. */
  readonly statistics: SplatStatistics;
  /** Splats in view and (splat, tile) pairs of the latest call. */
  readonly latest: { readonly visible: number; readonly pairs: number };
  /** Where the kernels find what they are told. */
  readonly planAddress: number;
  dispose(): void;
}

/** Bytes behind a photo that kernels may read. */
export const imagePadding = 64;

const tileSide = 16;
/** As in src/kernels/assembly/splatPlan.ts. */
const chunkSplats = 256;
const gradientBytes = 48;
/** Of a photo: gains and biases; steps and turns. */
const photoNumbers = 6;
/** Chunks are projected and listed in so many bundles at most: enough for threads to share them evenly. */
const mostBundles = 32;
/** The tiles of a picture are blended in so many work units at most: enough for threads to share them evenly. */
const mostUnits = 4096;
/** What takes the place of the colours, and what blends it. */
const layerKernels = {
  colors: { show: undefined, blend: 'splatRenderTiles' },
  distances: { show: 'splatShowDistances', blend: 'splatRenderTiles' },
  front: { show: 'splatShowDistances', blend: 'splatFrontTiles' },
  normals: { show: 'splatShowNormals', blend: 'splatRenderTiles' },
} as const;

/** @param addresses of parameters and gradients; each with room for `capacity` rows, rounded up to 4, and 16 bytes more */
export function createSplatKernels(
  kernels: KernelPool,
  settings: SplatSettings,
  addresses: SplatAddresses,
): SplatKernels {
  const { capacity, cutoff = 2 / 255, minTransmittance = 5e-4, blur = 0.3 } = settings;
  const plan = createSplatPlan(kernels);
  const room = createRoom(kernels, plan);
  const rounded = Math.ceil(capacity / chunkSplats) * chunkSplats;
  reserveSplats(room, rounded);
  const cropRows = kernels.allocate(12 * 4);
  const reach = Math.sqrt(2 * Math.log(1 / cutoff));
  plan.set({ ...addresses, harmonicsWidth: settings.harmonicsWidth, near: settings.near });
  plan.set({ cutoff, minTransmittance, blur, reach });
  const lighting = createLighting(kernels, plan, room);
  const poseGradient = new Float64Array(photoNumbers);
  const statistics = {
    screenGradients: kernels.float32(plan.get('screenGradients'), capacity),
    timesSeen: kernels.float32(plan.get('timesSeen'), capacity),
  };

  const { list, ensureScratch } = createTileLists(kernels, plan, room, reach * Math.sqrt(blur));
  const render = (shot: SplatShot, count: number, layer: SplatLayer): SplatPicture => {
    if (shot.crop) kernels.float32(cropRows, 12).set(shot.crop);
    plan.set({ crop: shot.crop ? cropRows : 0 });
    const { tiles, chunks } = list(shot, count, 1, 0);
    plan.set({ crop: 0 });
    const { show, blend } = layerKernels[layer];
    if (show) {
      kernels.run(show, chunks, plan.address);
      plan.set({ backgroundR: 0, backgroundG: 0, backgroundB: 0 });
    }
    ensureScratch(false);
    const pitch = plan.get('tilesX') * tileSide;
    const length = pitch * shot.view.height * 4;
    room.ensure('picture', length * 4);
    const units = Math.min(tiles, mostUnits);
    plan.set({ units });
    kernels.run(blend, units, plan.address);
    return { data: kernels.float32(plan.get('picture'), length), pitch };
  };

  return {
    lightGradient: lighting.gradient,
    poseGradient,
    statistics,
    planAddress: plan.address,
    get latest() {
      return { visible: plan.get('visible'), pairs: plan.get('pairs') };
    },
    render: (shot, count, layer = 'colors') => render(shot, count, layer),
    renderColors(shot, count) {
      const { width, height } = shot.view;
      render(shot, count, 'colors');
      room.ensure('pictureColors', width * height * 12);
      kernels.run('splatPictureColors', height, plan.address);
      return kernels.float32(plan.get('pictureColors'), width * height * 3);
    },
    train(shot, count) {
      const { rowStride, rowPhase, image, light, view, movesCamera = false } = shot;
      const { opacityPenalty = 0, scalePenalty = 0, countedShare = 1 } = shot;
      const { tiles, chunks } = list(shot, count, rowStride, rowPhase);
      ensureScratch(true);
      room.ensure('pairGradients', plan.get('pairs') * gradientBytes);
      room.ensure('tileLosses', tiles * 8);
      const rows = Math.ceil((view.height - rowPhase) / rowStride);
      const lossScale = 1 / (3 * view.width * rows * countedShare);
      plan.set({ image, opacityPenalty, scalePenalty, lossScale });
      if (light) lighting.apply(light, chunks);
      kernels.run('splatTrainTile', tiles, plan.address);
      if (light) lighting.backward(chunks);
      if (movesCamera) room.ensure('poseGradients', chunks * photoNumbers * 4);
      kernels.run('splatGradients', chunks, plan.address);
      if (movesCamera) sumParts(kernels, plan.get('poseGradients'), chunks, poseGradient);
      return kernels.call('sumPartials', plan.get('tileLosses'), tiles);
    },
    dispose() {
      room.dispose();
      kernels.release(cropRows);
      plan.dispose();
    },
  };
}

/** The work before tiles are blended. @param reachOfBlur pixels at which an opaque point is cut off */
function createTileLists(kernels: KernelPool, plan: SplatPlan, room: Room, reachOfBlur: number) {
  /** Projects and lists. @returns tiles and chunks, the units of what follows */
  const list = (
    { view, background, degree }: SplatShot,
    count: number,
    rowStride: number,
    rowPhase: number,
  ) => {
    const tilesX = Math.ceil(view.width / tileSide);
    const tilesY = Math.ceil(view.height / (tileSide * rowStride));
    const [backgroundR, backgroundG, backgroundB] = background;
    const blurReach = (2 * reachOfBlur) / Math.min(view.fx, view.fy);
    const spanBytes = chunkSplats * (4 + 4 * tilesY);
    const chunks = Math.ceil(count / chunkSplats);
    // Without splats there is nothing to bundle, and a picture of the background.
    const bundleChunks = Math.max(1, Math.ceil(chunks / mostBundles));
    const bundles = Math.ceil(chunks / bundleChunks);
    const tiles = tilesX * tilesY;
    plan.set({ ...view, count, degree, rowStride, rowPhase, tilesX, tilesY, blurReach, spanBytes });
    plan.set({ backgroundR, backgroundG, backgroundB, bundles, bundleChunks });
    room.ensure('spans', chunks * spanBytes);
    room.ensure('tileCounts', bundles * tiles * 4);
    room.ensure('tileOffsets', (tiles + 1) * 4);
    kernels.run('splatProject', bundles, plan.address);
    kernels.call('splatFindTiles', plan.address);
    room.ensure('entries', plan.get('pairs') * 8);
    room.ensure('pairSplats', plan.get('pairs') * 4);
    kernels.run('splatFill', bundles, plan.address);
    return { tiles, chunks };
  };
  const ensureScratch = (train: boolean) => {
    const bytes = kernels.call('splatScratchBytes', plan.get('longestTile'), train ? 1 : 0);
    const scratchBytes = Math.ceil(bytes / 64) * 64;
    room.ensure('scratch', scratchBytes * kernels.threads);
    plan.set({ scratchBytes });
  };
  return { list, ensureScratch };
}

/** The light of the photo in a training step: on the colours before the tiles, out of their gradients after them. */
function createLighting(kernels: KernelPool, plan: SplatPlan, room: Room) {
  const gradient = new Float64Array(photoNumbers);
  return {
    gradient,
    apply({ gain, bias }: Light, chunks: number): void {
      const [[gainR, gainG, gainB], [biasR, biasG, biasB]] = [gain, bias];
      plan.set({ gainR, gainG, gainB, biasR, biasG, biasB });
      kernels.run('splatLight', chunks, plan.address);
    },
    backward(chunks: number): void {
      room.ensure('lightGradients', chunks * photoNumbers * 4);
      kernels.run('splatLightGradients', chunks, plan.address);
      sumParts(kernels, plan.get('lightGradients'), chunks, gradient);
    },
  };
}

/** Adds up rows of {@link photoNumbers} float32 numbers, one of each chunk. */
function sumParts(kernels: KernelPool, address: number, chunks: number, sums: Float64Array): void {
  sums.fill(0);
  kernels.float32(address, chunks * photoNumbers).forEach((part, k) => {
    sums[k % photoNumbers]! += part;
  });
}

/** Blocks of memory whose addresses stand in the plan, and that grow. */
interface Room {
  /** Makes sure that the block has so many bytes; what it held is lost when it grows. New memory is zero. */
  ensure(field: SplatPlanField, bytes: number): void;
  dispose(): void;
}

function createRoom(kernels: KernelPool, plan: SplatPlan): Room {
  const blocks = new Map<SplatPlanField, { address: number; bytes: number }>();
  return {
    ensure(field, bytes) {
      const block = blocks.get(field);
      if (block && block.bytes >= bytes) return;
      if (block) kernels.release(block.address);
      const grown = Math.ceil(bytes * (block ? 1.25 : 1)) + 64;
      const address = kernels.allocate(grown);
      blocks.set(field, { address, bytes: grown });
      plan.set({ [field]: address });
    },
    dispose() {
      for (const { address } of blocks.values()) kernels.release(address);
    },
  };
}

/** What has a place for each splat. */
function reserveSplats(room: Room, splats: number): void {
  room.ensure('records', splats * splatRecordLayout.bytes);
  for (const field of ['depths', 'inView', 'screenGradients', 'timesSeen'] as const)
    room.ensure(field, splats * 4);
  room.ensure('flags', splats);
  room.ensure('chunks', (splats / chunkSplats) * splatChunkLayout.bytes);
}
