/** The hash grid's encoding as a tensor operation in plain numbers: the reference of the kernels. */
import * as tf from '../tensors/tf.ts';
import type { HashGridLevel } from './hashGridLevels.ts';

const primeY = 2654435761;
const primeZ = 805459861;

/**
 * Trilinear interpolation of the table's entries at the 8 corners around each position, at every level
 * (Müller et al. 2022, section 3). Differentiable in the table; the gradient visits only the entries that were read.
 *
 * @param table [entries of all levels, features] float32
 * @param positions [samples, 3] float32 in 0..1
 * @returns [samples, levels * features] float32, level-major
 */
export function hashGridEncode(
  table: tf.Tensor2D,
  positions: Float32Array,
  levels: readonly HashGridLevel[],
): tf.Tensor2D {
  const samples = positions.length / 3;
  const features = table.shape[1];
  const width = levels.length * features;
  /** Calls `visit` for each corner with its entry, its weight and where its features go. */
  const eachCorner = (visit: (entry: number, weight: number, output: number) => void) => {
    levels.forEach((level, index) => {
      for (let sample = 0; sample < samples; sample++)
        visitCorners(level, positions, sample, (entry, weight) =>
          visit(entry * features, weight, sample * width + index * features),
        );
    });
  };
  const encode = tf.customGrad((input: tf.Tensor | tf.GradSaveFunc) => {
    const entries = (input as tf.Tensor).dataSync();
    const out = new Float32Array(samples * width);
    eachCorner((entry, weight, output) => {
      for (let k = 0; k < features; k++) out[output + k]! += weight * entries[entry + k]!;
    });
    return {
      value: tf.tensor2d(out, [samples, width]),
      gradFunc: (dy: tf.Tensor) => {
        const upstream = dy.dataSync();
        const gradient = new Float32Array(entries.length);
        eachCorner((entry, weight, output) => {
          for (let k = 0; k < features; k++) gradient[entry + k]! += weight * upstream[output + k]!;
        });
        return tf.tensor2d(gradient, table.shape);
      },
    };
  });
  return encode(table) as tf.Tensor2D;
}

/** The 8 corners of the cell that holds a position, with their interpolation weights. */
function visitCorners(
  level: HashGridLevel,
  positions: Float32Array,
  sample: number,
  visit: (entry: number, weight: number) => void,
): void {
  const at = (axis: number) => Math.fround(Math.fround(positions[sample * 3 + axis]! * level.scale) + 0.5);
  const [x, y, z] = [at(0), at(1), at(2)];
  for (let corner = 0; corner < 8; corner++) {
    const [dx, dy, dz] = [corner & 1, (corner >> 1) & 1, corner >> 2] as const;
    const entry = entryOf(level, Math.floor(x) + dx, Math.floor(y) + dy, Math.floor(z) + dz);
    visit(level.firstEntry + entry, share(x, dx) * share(y, dy) * share(z, dz));
  }
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
