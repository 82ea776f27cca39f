/** Where the golden values lie: the folder that NERFSTREAM_REFERENCE_DIR names, else the repository's own fixtures. */
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

export const referenceDir = resolve(
  process.env['NERFSTREAM_REFERENCE_DIR'] || join(import.meta.dirname, '../fixtures/reference'),
);

/** The parsed content of one file of golden values. @throws when the shape of one of its tensors does not fit the data */
export function readReference<T>(file: string): T {
  return JSON.parse(readFileSync(join(referenceDir, file), 'utf8'), checkTensor) as T;
}

function checkTensor(name: string, value: unknown): unknown {
  if (typeof value !== 'object' || value === null || !('shape' in value) || !('data' in value)) return value;
  const { shape, data } = value as ReferenceTensor;
  const size = shape.reduce((product, length) => product * length, 1);
  if (size !== data.length) throw new Error(`${name}: shape ${shape} does not fit ${data.length} elements`);
  return value;
}

/** A tensor as the golden files write it: row-major. */
export interface ReferenceTensor {
  readonly shape: readonly number[];
  readonly data: readonly number[];
}

/** The `data` of a tensor cut into `count` equal parts along its first dimension. */
export function rowsOf({ shape, data }: ReferenceTensor): number[][] {
  const [count, ...rest] = shape as [number, ...number[]];
  const size = rest.reduce((product, length) => product * length, 1);
  if (data.length !== count * size) throw new Error(`shape ${shape} does not fit ${data.length} elements`);
  return Array.from({ length: count }, (_, row) => data.slice(row * size, (row + 1) * size));
}
