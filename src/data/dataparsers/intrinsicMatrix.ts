/** Intrinsics that come as a matrix. */
import { DataError } from '../../errors.ts';
import type { IntrinsicFields } from './transformsSchema.ts';

/** What programs call it. */
const names = ['K', 'intrinsics', 'intrinsic_matrix', 'camera_intrinsics'];

/**
 * The fields, with focal lengths and principal point of a matrix where the fields themselves have none: 3 x 3 or 4 x 4, as rows or as one list of
 * numbers; Apple's lists go column by column.
 * @throws DataError for a matrix that is none
 */
export function withIntrinsicMatrix<Fields extends IntrinsicFields>(
  fields: Fields,
  where: string,
  file: string,
): Fields {
  const name = names.find((key) => fields[key] !== undefined && fields[key] !== null);
  if (name === undefined) return fields;
  const numbers: unknown[] = [fields[name]].flat(3);
  const side = Math.sqrt(numbers.length);
  const at = (row: number, column: number) => Number(numbers[row * side + column]);
  const isMatrix = (side === 3 || side === 4) && numbers.every((value) => typeof value === 'number');
  // The last row is 0 0 1 (0); where the last column is, the matrix stands column by column.
  const transposed = isMatrix && at(0, 2) === 0 && at(1, 2) === 0 && (at(2, 0) !== 0 || at(2, 1) !== 0);
  const [cx, cy] = transposed ? [at(2, 0), at(2, 1)] : [at(0, 2), at(1, 2)];
  if (!isMatrix || !(at(0, 0) > 0) || !(at(1, 1) > 0))
    throw new DataError(
      `${where}: ${name} must be a matrix of intrinsics, 3 x 3 (or 4 x 4), with focal lengths above 0. Correct it.`,
      file,
    );
  return { fl_x: at(0, 0), fl_y: at(1, 1), cx, cy, ...fields };
}
