/** Numbers of instant-ngp that follow from the scene: how rays march, and how the occupancy grid is kept. */
import type { Camera } from '../../data/cameras/camera.ts';
import { commonFocus } from '../../data/poses/choosePlacement.ts';
import { addScaled, columnOf } from '../../data/vector3.ts';
import type { SceneBounds } from '../radianceModel.ts';
import type { InstantNgpConfig } from './instantNgpSchema.ts';

/** What is left out because it changes a pixel too little. */
export interface MarchLimits {
  /** Samples of a smaller weight are left out. */
  readonly minWeight: number;
  /** A ray ends below it. */
  readonly minTransmittance: number;
}

/** Unit coordinates: the first occupancy level's cube is [0, 1]^3. */
export interface MarchSettings {
  /** Centre and half side of the first level's cube, model coordinates. */
  readonly center: readonly [number, number, number];
  readonly halfSize: number;
  /** Nested occupancy levels. */
  readonly levels: number;
  /** Whether the field's space is contracted beyond the first cube; else it ends with the outermost one. */
  readonly contracted: boolean;
  readonly maxResolution: number;
  readonly near: number;
  /** Step length as a share of the distance; 0: constant steps. */
  readonly coneAngle: number;
  readonly minStep: number;
  readonly maxStep: number;
  /** Beyond a distance of 1 / stepGrowth steps grow with the square of the distance. */
  readonly stepGrowth: number;
  /** Up to this distance gradients are scaled by its square, from nothing at the camera; 0: none are. */
  readonly gradientScaling: number;
  /** Steps are this much longer in training step n. */
  stepFactor(step: number): number;
  readonly densityBias: number;
  /** What step n leaves out: nothing at first, when weights mean nothing yet and densities need not be known beforehand. */
  limits(step: number): MarchLimits;
  readonly initialSamplesPerRay: number;
  /** Step n has this many times the configured samples: small steps learn fast at first, large ones finer later. */
  sampleFactor(step: number): number;
  /** Occupancy grid: decay of cells, threshold as a multiple of their mean, when to update. */
  readonly decay: number;
  readonly meanFactor: number;
  updatesOccupancy(step: number): boolean;
}

/** Steps along the diagonal of the unit cube, at most and at least. */
const diagonalSteps = 1024;
const fewestDiagonalSteps = 256;
/** Steps are longer at first: rays through blurred contents need few samples, and more rays fit into a training step. */
const coarseUntilStep = 2000;
const coarseFactor = 4;
const allSamplesUntilStep = 150;
/** Levels of a contracted scene: the last cube's side is 16 times the first's; what is farther lies on its shell. */
const contractedLevels = 5;

/** Values from measurements on a two-core CPU: see docs/performance.md. */
export function marchSettings(
  config: InstantNgpConfig,
  bounds: SceneBounds,
  cameras: readonly Camera[],
): MarchSettings {
  const { aabb, bounded } = bounds;
  const contracted = config.contraction && !bounded;
  const levels = config.occupancy.levels ?? (bounded ? 1 : contracted ? contractedLevels : 2);
  // The first cube has as many cells of the encoding either way, if there are two levels.
  const encodedCubes = contracted ? 2 : 2 ** (levels - 1);
  const middle = (axis: number) => (aabb[axis]! + aabb[axis + 3]!) / 2;
  const halfSize = Math.max(...[0, 1, 2].map((axis) => (aabb[axis + 3]! - aabb[axis]!) / 2));
  const center = [middle(0), middle(1), middle(2)] as const;
  const shortest = Math.sqrt(3) / diagonalSteps;
  const pixel = Math.min(pixelSize(cameras, center) / (2 * halfSize), Math.sqrt(3) / fewestDiagonalSteps);
  const minStep = bounded ? Math.max(shortest, pixel) : shortest;
  return {
    center,
    halfSize,
    levels,
    contracted,
    maxResolution: config.hashGrid.maxResolution ?? 1024 * encodedCubes,
    near: 0.1,
    coneAngle: bounded ? 0 : 1 / 256,
    minStep,
    maxStep: bounded ? minStep : (2 ** (levels - 1) * Math.sqrt(3)) / (contracted ? 4 : 64),
    stepGrowth: contracted ? 2 : 0,
    gradientScaling: bounded ? 0 : (config.gradientScaling * distanceLookedAt(cameras)) / (2 * halfSize),
    stepFactor: (step) => coarseFactor ** Math.max(0, 1 - step / coarseUntilStep),
    densityBias: 0,
    limits: (step) =>
      step > allSamplesUntilStep
        ? { minWeight: bounded ? 1e-4 : 1e-3, minTransmittance: 1e-3 }
        : { minWeight: 0, minTransmittance: 0 },
    initialSamplesPerRay: 100,
    sampleFactor: (step) => (step > 4000 ? 4 : step > 1000 ? 2 : 1),
    decay: config.occupancy.decay ?? (bounded ? 0.8 : 0.5),
    meanFactor: bounded ? 1 : 2,
    updatesOccupancy: (step) => step >= 16 && step % (step < 256 ? 4 : 16) === 0,
  };
}

/** What a pixel covers at the scene's centre, model units: the median over the cameras. Steps need not be shorter. */
function pixelSize(cameras: readonly Camera[], [x, y, z]: readonly [number, number, number]): number {
  const sizes = cameras.map(({ cameraToWorld, fx }) => {
    const distance = Math.hypot(cameraToWorld[3]! - x, cameraToWorld[7]! - y, cameraToWorld[11]! - z);
    return distance / fx;
  });
  return sizes.sort((a, b) => a - b)[sizes.length >> 1] ?? 0;
}

/** How far the cameras are from the point that they look at, model units: the median; 0 where they look at none in common. */
function distanceLookedAt(cameras: readonly Camera[]): number {
  const poses = cameras.map(({ cameraToWorld }) => cameraToWorld);
  const focus = commonFocus(poses);
  if (!focus) return 0;
  const distances = poses.map((pose) => Math.hypot(...addScaled(columnOf(pose, 3), focus, -1)));
  return distances.sort((a, b) => a - b)[distances.length >> 1] ?? 0;
}
