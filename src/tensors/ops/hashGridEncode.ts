/** The multiresolution hash grid's encoding of positions, as an operation on the tape. */
import { EngineError } from '../../errors.ts';
import { hashGridEncode as plainHashGridEncode } from '../../fields/hashGridEncode.ts';
import { type HashGridLevel, hashGridEntries } from '../../fields/hashGridLevels.ts';
import type * as tf from '../tf.ts';
import { hashGridGradient } from './hashGridKernels.ts';
import { hasKernel, runKernelOp } from './kernelOp.ts';

/**
 * Trilinear interpolation of the table's entries at the 8 corners around each position, at every level (Müller et al. 2022,
 * "Instant Neural Graphics Primitives", section 3). Differentiable in the table and, within a cell, in the positions.
 *
 * @param positions [samples, 3] float32 in 0..1 (outside, dense levels read what they should not)
 * @param table [entries of all levels, features] float32 with 1, 2 or 4 features
 * @param levels from `hashGridLevels`
 * @returns [samples, levels * features] float32, level-major; the caller disposes it
 * @throws EngineError for shapes that do not fit
 */
export function hashGridEncode(
  positions: tf.Tensor2D,
  table: tf.Tensor2D,
  levels: readonly HashGridLevel[],
): tf.Tensor2D {
  const entries = hashGridEntries(levels);
  if (positions.shape[1] !== 3)
    throw new EngineError(`hashGridEncode: positions must be [samples, 3], not [${positions.shape}]`);
  if (table.shape[0] !== entries || ![1, 2, 4].includes(table.shape[1]))
    throw new EngineError(
      `hashGridEncode: the table must be [${entries}, 1, 2 or 4 features] for these levels, not [${table.shape}]`,
    );
  if (hasKernel('HashGridEncode'))
    return runKernelOp(
      'HashGridEncode',
      { positions, table },
      { levels },
      hashGridGradient,
    )[0] as tf.Tensor2D;
  return plainHashGridEncode(table, positions, levels);
}
