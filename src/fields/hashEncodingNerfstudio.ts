/** Hash encoding in the layout of nerfstudio's torch implementation: every level is hashed, corners are floor and ceiling. */
import * as tf from '../tensors/tf.ts';

export interface HashEncodingSettings {
  readonly numLevels: number;
  /** Cells a side of the coarsest and of the finest level. */
  readonly minResolution: number;
  readonly maxResolution: number;
  /** Rows of a level's table, as a power of 2. */
  readonly log2TableSize: number;
  readonly featuresPerLevel: number;
}

/** Cells a side of each level: `floor(min * growth^level)`, computed in float32 as there. */
export function hashEncodingScalings(settings: HashEncodingSettings): number[] {
  const { numLevels, minResolution, maxResolution } = settings;
  const growth =
    numLevels > 1 ? Math.exp((Math.log(maxResolution) - Math.log(minResolution)) / (numLevels - 1)) : 1;
  return Array.from({ length: numLevels }, (_, level) =>
    Math.floor(Math.fround(minResolution * Math.fround(Math.fround(growth) ** level))),
  );
}

/**
 * Trilinear interpolation between the eight hashed corners of the cell around each point, level by level. The hash is
 * `(x xor 2654435761 y xor 805459861 z) mod table size`. Its gradient reaches the table; points are taken as constant.
 * @param table [numLevels * 2^log2TableSize, features] float32
 * @param points [points, 3] float32 in 0..1
 * @returns [points, numLevels * features] float32; the caller disposes it
 */
export function hashEncodingNerfstudio(
  table: tf.Tensor2D,
  points: tf.Tensor2D,
  settings: HashEncodingSettings,
): tf.Tensor2D {
  const corners = hashedCorners(points, settings);
  const features = settings.featuresPerLevel;
  const cells = corners.rows.length / 8;
  const operation = tf.customGrad((input) => {
    const entries = (input as tf.Tensor).dataSync<'float32'>();
    const values = new Float32Array(cells * features);
    forEachCorner(corners, features, (cell, entry, weight) => {
      values[cell]! += weight * entries[entry]!;
    });
    const gradFunc = (gradient: tf.Tensor) => {
      const upstream = gradient.dataSync<'float32'>();
      const sums = new Float32Array(entries.length);
      forEachCorner(corners, features, (cell, entry, weight) => {
        sums[entry]! += weight * upstream[cell]!;
      });
      return tf.tensor(sums, table.shape);
    };
    return { value: tf.tensor(values, [points.shape[0], settings.numLevels * features]), gradFunc };
  });
  return operation(table) as tf.Tensor2D;
}

/** Eight table rows and weights for each (point, level). */
interface Corners {
  readonly rows: Int32Array;
  readonly weights: Float32Array;
}

function hashedCorners(points: tf.Tensor2D, settings: HashEncodingSettings): Corners {
  const coordinates = points.dataSync<'float32'>();
  const scalings = hashEncodingScalings(settings);
  const size = 2 ** settings.log2TableSize;
  const rows = new Int32Array(points.shape[0] * scalings.length * 8);
  const weights = new Float32Array(rows.length);
  let next = 0;
  for (let point = 0; point < points.shape[0]; point++) {
    scalings.forEach((scaling, level) => {
      const position = [0, 1, 2].map((axis) => Math.fround(coordinates[3 * point + axis]! * scaling));
      for (let corner = 0; corner < 8; corner++) {
        let hash = 0;
        let weight = 1;
        position.forEach((coordinate, axis) => {
          const upper = (corner >> axis) & 1;
          const fraction = coordinate - Math.floor(coordinate);
          weight *= upper ? fraction : 1 - fraction;
          hash ^= Math.imul(upper ? Math.ceil(coordinate) : Math.floor(coordinate), primes[axis]!);
        });
        rows[next] = level * size + ((hash >>> 0) % size);
        weights[next++] = weight;
      }
    });
  }
  return { rows, weights };
}

const primes = [1, 2654435761, 805459861] as const;

function forEachCorner(
  { rows, weights }: Corners,
  features: number,
  visit: (output: number, entry: number, weight: number) => void,
): void {
  for (let corner = 0; corner < rows.length; corner++)
    for (let feature = 0; feature < features; feature++)
      visit((corner >> 3) * features + feature, rows[corner]! * features + feature, weights[corner]!);
}
