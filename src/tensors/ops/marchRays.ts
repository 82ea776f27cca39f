/** Samples along rays where an occupancy grid says that there may be something, as an operation. */
import { EngineError } from '../../errors.ts';
import { marchRay } from '../../models/instantNgp/reference/marchRay.ts';
import { uniformAt } from '../../rng.ts';
import * as tf from '../tf.ts';
import { hasKernel, runKernelOp } from './kernelOp.ts';

/** Nested cubes of cells around the unit cube: level l has twice the side of level l - 1 and the same middle. */
export interface OccupancyBits {
  readonly levels: number;
  /** Cells a side, a multiple of 8. */
  readonly resolution: number;
  /** One bit a cell, counted (level, z, y, x) row-major: bit `cell % 8` of byte `cell / 8`. */
  readonly bits: Uint8Array;
}

/** Unit coordinates: the first level's cube is [0, 1]^3. */
export interface MarchRaysSettings {
  /** Where rays begin at the earliest; default 0. */
  readonly near?: number;
  /** Step length as a share of the distance, within minStep .. maxStep; default 0: steps of minStep. */
  readonly coneAngle?: number;
  readonly minStep: number;
  /** Default: minStep. */
  readonly maxStep?: number;
  /** Key of random offsets of the first sample, by ray (`randomKey`); absent: half a step. */
  readonly jitterKey?: number;
}

/** Packed samples, ray by ray, front to back: what compositeRays takes. */
export interface MarchedSamples {
  /** [samples, 3] float32 in the outermost cube as [0, 1]^3 */
  readonly positions: tf.Tensor2D;
  /** [samples] float32: distance along the ray, and length of the step */
  readonly distances: tf.Tensor1D;
  readonly deltas: tf.Tensor1D;
  /** [samples] int32: which ray, ascending */
  readonly rayIndices: tf.Tensor1D;
  /** [rays + 1] int32 */
  readonly rayOffsets: tf.Tensor1D;
}

/**
 * Walks whole steps from each ray's entry into the outermost cube to its exit and keeps those that begin in an occupied cell
 * (Müller et al. 2022, appendix E.1). It has no gradient.
 * @param origins,directions [rays, 3] float32, unit coordinates; directions of length 1
 * @returns tensors; the caller disposes them
 * @throws EngineError for shapes, bits or steps that do not fit
 */
export function marchRays(
  origins: tf.Tensor2D,
  directions: tf.Tensor2D,
  occupancy: OccupancyBits,
  settings: MarchRaysSettings,
): MarchedSamples {
  const { levels, resolution, bits } = occupancy;
  if (origins.shape[1] !== 3 || String(origins.shape) !== String(directions.shape))
    throw new EngineError('marchRays: origins and directions must both be [rays, 3]');
  if (resolution % 8 !== 0 || resolution < 8 || bits.length !== (levels * resolution ** 3) / 8)
    throw new EngineError(
      `marchRays: ${levels} levels of ${resolution}^3 cells need a resolution that is a multiple of 8 and ${(levels * resolution ** 3) / 8} bytes of bits, not ${bits.length}`,
    );
  if (!(settings.minStep > 0)) throw new EngineError('marchRays: minStep must be above 0');
  const complete = { near: 0, coneAngle: 0, maxStep: settings.minStep, ...settings };
  const outputs = hasKernel('MarchRays')
    ? runKernelOp('MarchRays', { origins, directions }, { occupancy, settings: complete })
    : marchInPlainNumbers(origins, directions, occupancy, complete);
  const [rayOffsets, rayIndices, positions, distances, deltas] = outputs as [
    tf.Tensor1D,
    tf.Tensor1D,
    tf.Tensor2D,
    tf.Tensor1D,
    tf.Tensor1D,
  ];
  return { rayOffsets, rayIndices, positions, distances, deltas };
}

function marchInPlainNumbers(
  origins: tf.Tensor2D,
  directions: tf.Tensor2D,
  { levels, resolution, bits }: OccupancyBits,
  settings: Required<Omit<MarchRaysSettings, 'jitterKey'>> & MarchRaysSettings,
): tf.Tensor[] {
  const occupied = (cell: number) => ((bits[cell >> 3]! >> (cell & 7)) & 1) === 1;
  const grid = { levels, resolution, occupied, ...settings };
  const [from, along] = [origins.dataSync<'float32'>(), directions.dataSync<'float32'>()];
  const vector = (values: Float32Array, ray: number) =>
    [values[ray * 3]!, values[ray * 3 + 1]!, values[ray * 3 + 2]!] as const;
  const rays = Array.from({ length: origins.shape[0] }, (_, ray) => {
    const offset = settings.jitterKey === undefined ? 0.5 : uniformAt(settings.jitterKey, ray);
    return marchRay(grid, vector(from, ray), vector(along, ray), offset);
  });
  const samples = rays.flat();
  const offsets = new Int32Array(rays.length + 1);
  rays.forEach((ray, index) => {
    offsets[index + 1] = offsets[index]! + ray.length;
  });
  return [
    tf.tensor1d(offsets, 'int32'),
    tf.tensor1d(
      rays.flatMap((ray, index) => ray.map(() => index)),
      'int32',
    ),
    tf.tensor2d(
      samples.flatMap(({ position }) => [...position]),
      [samples.length, 3],
    ),
    tf.tensor1d(
      samples.map(({ t }) => t),
      'float32',
    ),
    tf.tensor1d(
      samples.map(({ step }) => step),
      'float32',
    ),
  ];
}
