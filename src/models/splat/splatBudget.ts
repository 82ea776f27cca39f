/** How many splats there are to be, what opacity costs and how much a step looks at, where the configuration leaves it to the data. */
import type { SplatConfig } from './splatSchema.ts';
import { numbersOfSplat } from './splatUnits.ts';
import type { SplatView } from './splatView.ts';

/** What is known of a data set before training. */
export interface PhotoCounts {
  readonly photos: number;
  /** Of a photo, on average. */
  readonly pixels: number;
  /** Share of the pixels that are more opaque than transparent. */
  readonly opaqueShare: number;
  /** Mean number of photos, the photo itself included, that look the same way as a photo: see {@link photosAlongside}. */
  readonly alongside: number;
}

/** Keys of the configuration that may be `auto`. */
type Budget = 'maxSplats' | 'opacityPenalty' | 'rowStride' | 'halfRowStride';

/** Settings with a number for whatever is `auto`. */
export type BudgetedSplatConfig = Omit<SplatConfig, Budget> & Readonly<Record<Budget, number>>;

/** Splats that this many steps of training are enough for; with a longer horizon their number grows as its sixth root. */
const referenceSplats = 24_000;
const referenceSteps = 3_000;
/** So many numbers of the photos (a pixel has three) stand against each number of a splat, at least. */
const observationsPerNumber = 2;
const fewestSplats = 1_000;
const mostStride = 64;

/**
 * The penalty is `penaltyOfFive * (5 / alongside)³`: a cloud before one camera is contradicted by the photos that look the same way. Found on
 * photos held out of the training photos of six scenes: see D-125.
 */
const penaltyOfFive = 0.01;
const mostPenalty = 0.03;
const sameWay = Math.cos(Math.PI / 4);

/** Mean number of photos whose direction of view differs by less than 45 degrees from a photo's, the photo itself included. */
export function photosAlongside(views: readonly Pick<SplatView, 'r20' | 'r21' | 'r22'>[]): number {
  let count = 0;
  for (const a of views)
    for (const b of views) if (a.r20 * b.r20 + a.r21 * b.r21 + a.r22 * b.r22 > sameWay) count++;
  return count / views.length;
}

/** As many as the steps of the horizon are enough for; few photos allow fewer. */
export function mostAutoSplats({ horizonSteps }: Pick<SplatConfig, 'horizonSteps'>): number {
  return referenceSplats * (horizonSteps / referenceSteps) ** (1 / 6);
}

/** The settings with what is `auto` filled in; a function of the training photos' number, size and directions alone. */
export function budgetedConfig(
  config: SplatConfig,
  { photos, pixels, opaqueShare, alongside }: PhotoCounts,
): BudgetedSplatConfig {
  const { maxSplats, opacityPenalty, rowStride, halfRowStride } = config;
  const numbers = numbersOfSplat(config.harmonicsDegree);
  const ofPhotos = (3 * photos * pixels * opaqueShare) / (observationsPerNumber * numbers);
  const splats = Math.max(fewestSplats, 100 * Math.round(Math.min(mostAutoSplats(config), ofPhotos) / 100));
  const penalty = Math.min(mostPenalty, penaltyOfFive * (5 / alongside) ** 3);
  const stride = Math.min(mostStride, Math.max(1, Math.round(pixels / config.pixelsPerStep)));
  const ofRows = rowStride === 'auto' ? stride : rowStride;
  const most = maxSplats === 'auto' ? splats : maxSplats;
  return {
    ...config,
    maxSplats: most,
    start: { ...config.start, points: Math.min(config.start.points, most) },
    opacityPenalty: opacityPenalty === 'auto' ? penalty : opacityPenalty,
    rowStride: ofRows,
    halfRowStride: halfRowStride === 'auto' ? Math.ceil(ofRows / 2) : halfRowStride,
  };
}

/** One line for the log. */
export function describeBudget(
  { maxSplats, opacityPenalty, rowStride }: BudgetedSplatConfig,
  { photos, pixels, alongside }: PhotoCounts,
): string {
  const megapixels = (pixels / 1e6).toPrecision(2);
  const rows = rowStride === 1 ? 'all rows' : `1 of ${rowStride} rows`;
  return `${photos} photos of ${megapixels} megapixels, ${Math.round(alongside)} looking each way: up to ${maxSplats.toLocaleString('en')} splats, ${rows} a step, opacity penalty ${Number(opacityPenalty.toPrecision(2))}`;
}
