/** The hash grid's encoding as a tensor operation in plain numbers: the reference of the kernels. */
import * as tf from '../tensors/tf.ts';
import type { HashGridLevel } from './hashGridLevels.ts';

const primeY = 2654435761;
const primeZ = 805459861;

/**
 * Trilinear interpolation of the table's entries at the 8 corners around each position, at every level
 * (Müller et al. 2022, section 3). Differentiable in the table, visiting only the entries that were read, and in positions that
 * are a tensor.
 *
 * @param table [entries of all levels, features] float32
 * @param positions [samples, 3] float32 in 0..1
 * @returns [samples, levels * features] float32, level-major; the caller disposes it
 */
export function hashGridEncode(
  table: tf.Tensor2D,
  positions: Float32Array | tf.Tensor2D,
  levels: readonly HashGridLevel[],
): tf.Tensor2D {
  const features = table.shape[1];
  const width = levels.length * features;
  const compute = (entryTensor: tf.Tensor, points: Float32Array, slopes: boolean) => {
    const entries = entryTensor.dataSync<'float32'>();
    const samples = points.length / 3;
    const out = new Float32Array(samples * width);
    eachCorner(levels, points, ({ entry, sample, level, weight }) => {
      const output = sample * width + level * features;
      for (let k = 0; k < features; k++) out[output + k]! += weight * entries[entry * features + k]!;
    });
    const gradients = (dy: tf.Tensor) => {
      const upstream = dy.dataSync<'float32'>();
      const ofTable = new Float32Array(entries.length);
      const ofPositions = new Float32Array(points.length);
      eachCorner(levels, points, ({ entry, sample, level, weight, slope }) => {
        const output = sample * width + level * features;
        let dot = 0;
        for (let k = 0; k < features; k++) {
          ofTable[entry * features + k]! += weight * upstream[output + k]!;
          dot += upstream[output + k]! * entries[entry * features + k]!;
        }
        if (slopes) for (let axis = 0; axis < 3; axis++) ofPositions[sample * 3 + axis]! += dot * slope(axis);
      });
      return [tf.tensor2d(ofTable, table.shape), tf.tensor2d(ofPositions, [samples, 3])] as const;
    };
    return { value: tf.tensor2d(out, [samples, width]), gradients };
  };
  if (positions instanceof tf.Tensor) {
    const encode = tf.customGrad((first, second) => {
      const points = (second as tf.Tensor).dataSync<'float32'>();
      const { value, gradients } = compute(first as tf.Tensor, points, true);
      return { value, gradFunc: (dy: tf.Tensor) => [...gradients(dy)] };
    });
    return encode(table, positions) as tf.Tensor2D;
  }
  const encode = tf.customGrad((first) => {
    const { value, gradients } = compute(first as tf.Tensor, positions, false);
    return { value, gradFunc: (dy: tf.Tensor) => gradients(dy)[0] };
  });
  return encode(table) as tf.Tensor2D;
}

interface Corner {
  /** Row of the table. */
  readonly entry: number;
  readonly sample: number;
  readonly level: number;
  /** Interpolation weight, and its derivative along an axis of the position. */
  readonly weight: number;
  slope(axis: number): number;
}

/** Calls `visit` for the 8 corners of the cell that holds each position, at each level. */
function eachCorner(
  levels: readonly HashGridLevel[],
  positions: Float32Array,
  visit: (corner: Corner) => void,
): void {
  const samples = positions.length / 3;
  levels.forEach((level, index) => {
    for (let sample = 0; sample < samples; sample++) {
      const at = (axis: number) =>
        Math.fround(Math.fround(positions[sample * 3 + axis]! * level.scale) + 0.5);
      const point = [at(0), at(1), at(2)] as const;
      for (let corner = 0; corner < 8; corner++) {
        const upper = [corner & 1, (corner >> 1) & 1, corner >> 2] as const;
        const [x, y, z] = [0, 1, 2].map((axis) => Math.floor(point[axis]!) + upper[axis]!) as [
          number,
          number,
          number,
        ];
        const shares = point.map((coordinate, axis) => share(coordinate, upper[axis]!));
        const [sx, sy, sz] = shares as [number, number, number];
        const slope = (axis: number) => {
          const others = axis === 0 ? sy * sz : axis === 1 ? sx * sz : sx * sy;
          return (upper[axis] ? 1 : -1) * level.scale * others;
        };
        const entry = level.firstEntry + entryOf(level, x, y, z);
        visit({ entry, sample, level: index, weight: sx * sy * sz, slope });
      }
    }
  });
}

/** Entry of a grid point within its level; `Math.imul` because the hash is defined on 32-bit products. */
function entryOf(level: HashGridLevel, x: number, y: number, z: number): number {
  if (!level.hashed) return x + level.resolution * (y + level.resolution * z);
  return ((x ^ Math.imul(y, primeY) ^ Math.imul(z, primeZ)) & (level.entries - 1)) >>> 0;
}

/** Interpolation weight of the lower (0) or upper (1) corner along one axis. */
function share(position: number, upper: number): number {
  const fraction = position - Math.floor(position);
  return upper ? fraction : 1 - fraction;
}
