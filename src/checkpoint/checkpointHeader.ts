/** The header of a checkpoint: everything but the tensors' bytes. */
import { z } from 'zod';
import { alignBlob, checkpointDtypes, elementBytes } from './checkpointLayout.ts';

const count = z.number().int().nonnegative().max(Number.MAX_SAFE_INTEGER);
const checksum = z.string().regex(/^[0-9a-f]{16}$/);

const tensorSchema = z.strictObject({
  name: z.string().min(1).max(512),
  shape: z.array(count).max(8),
  dtype: z.enum(checkpointDtypes),
  /** Bytes from the start of the first blob; a multiple of 64. */
  offset: count,
  byteLength: count,
  /** XXH64 of the blob: of the tensor's bytes alone. */
  checksum,
});

export const headerSchema = z.strictObject({
  step: count,
  engine: z.string().max(64),
  /** XXH64 of the configuration as JSON with sorted keys. */
  configHash: checksum,
  config: z.unknown(),
  facts: z.record(z.string(), z.unknown()),
  tensors: z.array(tensorSchema).max(20_000),
});

export type CheckpointHeader = z.output<typeof headerSchema>;
export type TensorEntry = z.output<typeof tensorSchema>;

/**
 * Checks that blobs lie one after the other, each at the first aligned place after the one before, and that sizes agree
 * with shapes. Nothing can overlap or leave the file then.
 *
 * @returns bytes from the first blob's start to the last one's end
 * @throws Error whose message completes the sentence "the header ..."
 */
export function checkTensorTable(tensors: readonly TensorEntry[]): number {
  const names = new Set<string>();
  let end = 0;
  for (const { name, shape, dtype, offset, byteLength } of tensors) {
    if (names.has(name)) throw new Error(`lists tensor "${name}" twice`);
    names.add(name);
    const size = shape.reduce((product, length) => product * length, elementBytes(dtype));
    if (byteLength !== size)
      throw new Error(`gives tensor "${name}" ${byteLength} bytes for a shape of ${size}`);
    if (offset !== alignBlob(end)) throw new Error(`puts tensor "${name}" where it cannot be`);
    end = offset + byteLength;
    if (!Number.isSafeInteger(end)) throw new Error(`gives tensor "${name}" an impossible size`);
  }
  return end;
}
