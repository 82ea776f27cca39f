/** Lays a checkpoint out as a file. Copies no tensor. */
import { CheckpointError } from '../errors.ts';
import { hash64, loadHash64, type RunningHash64 } from '../hash64.ts';
import type { ShapedArray } from '../tensors/namedArrays.ts';
import { canonicalJson } from './canonicalJson.ts';
import type { Checkpoint } from './checkpoint.ts';
import type { TensorEntry } from './checkpointHeader.ts';
import { alignBlob, dtypeOf } from './checkpointLayout.ts';
import { encodeHead } from './codec.ts';

/** Where a tensor's bytes go. */
export interface PlannedBlob {
  /** Bytes from the start of the file. */
  readonly start: number;
  /** A view on the tensor. */
  readonly bytes: Uint8Array;
}

/** A file before its checksums are known: they are of fixed length, so that places do not depend on them. */
export interface CheckpointPlan {
  readonly blobs: readonly PlannedBlob[];
  /** Bytes. */
  readonly fileLength: number;
  /** Preamble and header, up to where the data begin. @param checksums of the blobs, in their order */
  head(checksums: readonly string[]): Uint8Array;
}

/**
 * Lays a checkpoint out. Tensors are sorted by name; between blobs there are zeros.
 *
 * @throws CheckpointError for an array whose length is not its shape's, or an element type that files do not hold
 */
export function planCheckpoint(checkpoint: Checkpoint, beginHash: () => RunningHash64): CheckpointPlan {
  const named = Object.entries(checkpoint.tensors).sort(([a], [b]) => (a < b ? -1 : 1));
  let end = 0;
  const tensors = named.map(([name, array]): TensorEntry => {
    const entry = { name, offset: alignBlob(end), ...describe(name, array), checksum: '0'.repeat(16) };
    end = entry.offset + entry.byteLength;
    return entry;
  });
  const { step, engine, config, facts } = checkpoint;
  const configHash = hash64(beginHash, new TextEncoder().encode(canonicalJson(config)));
  const head = (checksums: readonly string[]): Uint8Array => {
    const checked = tensors.map((entry, index) => ({
      ...entry,
      checksum: checksums[index] ?? entry.checksum,
    }));
    return encodeHead(beginHash, { step, engine, configHash, config, facts, tensors: checked }, end);
  };
  const dataStart = head([]).length;
  const blobs = named.map(([, { data }], index) => ({
    start: dataStart + tensors[index]!.offset,
    bytes: new Uint8Array(data.buffer, data.byteOffset, data.byteLength),
  }));
  return { blobs, fileLength: dataStart + end, head };
}

/**
 * The file as parts, one after the other; those of tensors are views on the checkpoint's own arrays.
 *
 * @throws CheckpointError as {@link planCheckpoint}
 */
export async function encodeCheckpoint(checkpoint: Checkpoint): Promise<Uint8Array[]> {
  const beginHash = await loadHash64();
  const { blobs, head } = planCheckpoint(checkpoint, beginHash);
  const parts = [head(blobs.map(({ bytes }) => hash64(beginHash, bytes)))];
  let end = parts[0]!.length;
  for (const { start, bytes } of blobs) {
    parts.push(new Uint8Array(start - end), bytes);
    end = start + bytes.length;
  }
  return parts.filter((part) => part.length > 0);
}

function describe(
  name: string,
  { shape, data }: ShapedArray,
): Pick<TensorEntry, 'shape' | 'dtype' | 'byteLength'> {
  const dtype = dtypeOf(data);
  if (dtype === undefined)
    throw new CheckpointError(
      `Tensor "${name}" cannot be saved: ${data.constructor.name} is no element type of checkpoints.`,
    );
  const length = shape.reduce((product, size) => product * size, 1);
  if (length !== data.length)
    throw new CheckpointError(
      `Tensor "${name}" cannot be saved: shape [${shape}] and ${data.length} elements disagree.`,
    );
  return { shape: [...shape], dtype, byteLength: data.byteLength };
}
