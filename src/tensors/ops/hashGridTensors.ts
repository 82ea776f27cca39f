/** The hash grid's encoding composed of tensor operations, all levels at once: for engines that run those natively. */
import type { HashGridLevel } from '../../fields/hashGridLevels.ts';
import * as tf from '../tf.ts';
import { bitwiseXor } from './bitwiseXor.ts';

/** Hash primes of the y and z axes (2654435761 and 805459861), as int32. */
const [primeY, primeZ] = [-1640531535, 805459861];
/** 1 for the corners that lie above along an axis. */
const upperCorners = (axis: number) => Array.from({ length: 8 }, (_, corner) => (corner >> axis) & 1);

/**
 * Trilinear interpolation of the table's entries at the 8 corners around each position, at every level (Müller et al. 2022,
 * section 3). Differentiable in the table (by the gradient of `gather`) and in the positions. The memory it takes is some
 * 100 bytes for each (sample, level, corner): give it samples in portions.
 *
 * @param positions [samples, 3] float32 in 0..1
 * @param table [entries of all levels, features] float32
 * @returns [samples, levels * features] float32, level-major; the caller disposes it
 */
export function hashGridTensors(
  positions: tf.Tensor2D,
  table: tf.Tensor2D,
  levels: readonly HashGridLevel[],
): tf.Tensor2D {
  const samples = positions.shape[0];
  const features = table.shape[1];
  const { fractions, rows } = cellsOf(positions, levels);
  const encoded = tf.tidy(() => {
    const entries = tf.reshape(tf.gather(table, rows), [samples, levels.length, 8, features]);
    const weighted = tf.mul(entries, tf.expandDims(cornerShares(fractions), 3));
    return tf.reshape(tf.sum(weighted, 2), [samples, levels.length * features]) as tf.Tensor2D;
  });
  tf.dispose([fractions, rows]);
  return encoded;
}

interface Cells {
  /** [samples, levels, 3] float32: where in its cell a position lies, 0..1; differentiable in the positions */
  readonly fractions: tf.Tensor3D;
  /** [samples * levels * 8] int32: rows of the table, unknown to the tape */
  readonly rows: tf.Tensor1D;
}

/** Rows are made inside a custom gradient: whatever integers the tape knows of, it wants a gradient for. */
function cellsOf(positions: tf.Tensor2D, levels: readonly HashGridLevel[]): Cells {
  let rows: tf.Tensor1D | undefined;
  const scales = levels.map(({ scale }) => scale);
  const scaleOf = () => tf.tensor3d(scales, [1, scales.length, 1]);
  const operation = tf.customGrad((input) => {
    const scaled = tf.add(tf.mul(tf.expandDims(input as tf.Tensor2D, 1), scaleOf()), 0.5);
    const cell = tf.floor(scaled);
    rows = tf.keep(
      tf.reshape(cornerRows(tf.cast(cell, 'int32') as tf.Tensor3D, levels), [-1]),
    ) as tf.Tensor1D;
    const gradFunc = (gradient: tf.Tensor) => tf.sum(tf.mul(gradient, scaleOf()), 1);
    return { value: tf.sub(scaled, cell), gradFunc };
  });
  const fractions = operation(positions) as tf.Tensor3D;
  return { fractions, rows: rows! };
}

/** Rows of the table for each corner. @param cell [samples, levels, 3] int32 @returns [samples, levels, 8] int32 */
function cornerRows(cell: tf.Tensor3D, levels: readonly HashGridLevel[]): tf.Tensor3D {
  const perLevel = (value: (level: HashGridLevel) => number): tf.Tensor3D =>
    tf.tensor3d(levels.map(value), [1, levels.length, 1], 'int32');
  const corner = (axis: number): tf.Tensor3D =>
    tf.add(tf.slice(cell, [0, 0, axis], [-1, -1, 1]), tf.tensor1d(upperCorners(axis), 'int32'));
  const x = corner(0);
  const y: tf.Tensor3D = tf.mul(
    corner(1),
    perLevel(({ hashed, resolution }) => (hashed ? primeY! : resolution)),
  );
  const z: tf.Tensor3D = tf.mul(
    corner(2),
    perLevel(({ hashed, resolution }) => (hashed ? primeZ! : resolution ** 2)),
  );
  const everywhere = (values: tf.Tensor3D) => tf.broadcastTo(values, x.shape) as tf.Tensor3D;
  // The table's size is a power of 2 at hashed levels: the remainder is the low bits.
  const mask = everywhere(perLevel(({ entries }) => entries - 1));
  const hash = tf.bitwiseAnd(bitwiseXor(bitwiseXor(x, y), z), mask);
  const hashed = everywhere(perLevel((level) => Number(level.hashed)));
  const row = tf.where(tf.cast(hashed, 'bool'), hash, tf.add(x, tf.add(y, z)));
  return tf.add(
    row,
    perLevel(({ firstEntry }) => firstEntry),
  );
}

/** Interpolation weights of the 8 corners. @param fractions [samples, levels, 3] @returns [samples, levels, 8] */
function cornerShares(fractions: tf.Tensor3D): tf.Tensor3D {
  const along = (axis: number): tf.Tensor3D => {
    const upper = tf.tensor1d(upperCorners(axis), 'float32');
    const fraction = tf.slice(fractions, [0, 0, axis], [-1, -1, 1]);
    // upper ? fraction : 1 - fraction
    return tf.add(tf.sub(1, upper), tf.mul(fraction, tf.sub(tf.mul(upper, 2), 1)));
  };
  return tf.mul(along(0), tf.mul(along(1), along(2)));
}
