/**
 * A checkpoint's tensors copied into one piece of shared memory, so that another thread can write them while the next
 * step already changes the originals.
 */
import { CheckpointError } from '../errors.ts';
import type { NamedArrays } from '../tensors/namedArrays.ts';
import { alignBlob, arrayView, type CheckpointDtype, dtypeOf } from './checkpointLayout.ts';

/** Where a tensor lies in the shared memory. Plain data: it crosses threads. */
export interface SnapshotEntry {
  readonly name: string;
  readonly shape: readonly number[];
  readonly dtype: CheckpointDtype;
  /** Bytes. */
  readonly offset: number;
  readonly length: number;
}

/** @returns bytes that {@link copyTensors} needs */
export function snapshotBytes(tensors: NamedArrays): number {
  return Object.values(tensors).reduce((sum, { data }) => sum + alignBlob(data.byteLength), 0);
}

/** Copies everything, now. @throws CheckpointError for an element type that checkpoints do not hold */
export function copyTensors(tensors: NamedArrays, memory: SharedArrayBuffer): SnapshotEntry[] {
  const target = new Uint8Array(memory);
  let offset = 0;
  return Object.entries(tensors).map(([name, { shape, data }]) => {
    const dtype = dtypeOf(data);
    if (dtype === undefined)
      throw new CheckpointError(
        `Tensor "${name}" cannot be saved: ${data.constructor.name} is no element type.`,
      );
    target.set(new Uint8Array(data.buffer, data.byteOffset, data.byteLength), offset);
    const entry = { name, shape: [...shape], dtype, offset, length: data.length };
    offset += alignBlob(data.byteLength);
    return entry;
  });
}

/** The tensors again, as views on the shared memory. */
export function tensorsOf(entries: readonly SnapshotEntry[], memory: SharedArrayBuffer): NamedArrays {
  return Object.fromEntries(
    entries.map(({ name, shape, dtype, offset, length }) => [
      name,
      { shape, data: arrayView(dtype, memory, offset, length) },
    ]),
  );
}
