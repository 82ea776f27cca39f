/**
 * A checkpoint's tensors copied into one piece of memory, which is handed to another thread: that one writes them while the
 * next step already changes the originals.
 */
import { CheckpointError } from '../errors.ts';
import type { NamedArrays } from '../tensors/namedArrays.ts';
import { alignBlob, arrayView, type CheckpointDtype, dtypeOf } from './checkpointLayout.ts';

/** Where a tensor lies in the memory. Plain data: it crosses threads. */
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
export function copyTensors(tensors: NamedArrays, memory: ArrayBuffer): SnapshotEntry[] {
  const target = Buffer.from(memory);
  let offset = 0;
  return Object.entries(tensors).map(([name, { shape, data }]) => {
    const dtype = dtypeOf(data);
    if (dtype === undefined)
      throw new CheckpointError(
        `Tensor "${name}" cannot be saved: ${data.constructor.name} is no element type.`,
      );
    // Typed arrays copy shared memory, where kernels work, word by word; this is one copy by the system, twice as fast.
    if (data.byteLength > 0)
      target.fill(
        Buffer.from(data.buffer, data.byteOffset, data.byteLength),
        offset,
        offset + data.byteLength,
      );
    const entry = { name, shape: [...shape], dtype, offset, length: data.length };
    offset += alignBlob(data.byteLength);
    return entry;
  });
}

/** The tensors again, as views on the memory. */
export function tensorsOf(entries: readonly SnapshotEntry[], memory: ArrayBuffer): NamedArrays {
  return Object.fromEntries(
    entries.map(({ name, shape, dtype, offset, length }) => [
      name,
      { shape, data: arrayView(dtype, memory, offset, length) },
    ]),
  );
}
