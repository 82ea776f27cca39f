/**
 * Where things lie in a checkpoint file. `docs/checkpoint-format.md` says it byte by byte.
 *
 *     preamble (32 bytes) | header (MessagePack) | zeros | blob | zeros | blob ...
 */
import type { ArrayData } from '../tensors/namedArrays.ts';

/** First eight bytes of every checkpoint. */
export const checkpointMagic = 'NERFSTRM';
/** Version of the layout that is written; older ones stay readable. */
export const checkpointVersion = 1;
/** Magic 8, version 4, header length 4, file length 8, checksum 8. */
export const preambleBytes = 32;
/** The part of the preamble that its checksum covers. */
export const checksummedPreambleBytes = 24;
/** Every blob begins at a multiple of this, so that typed arrays can lie on it directly. */
export const blobAlignment = 64;
/** Largest header that is read: room for about 20,000 tensors. */
export const maxHeaderBytes = 4 * 1024 * 1024;

/** Rounds up to the next blob boundary. */
export function alignBlob(offset: number): number {
  return Math.ceil(offset / blobAlignment) * blobAlignment;
}

const arrayTypes = {
  float32: Float32Array,
  float64: Float64Array,
  int32: Int32Array,
  uint32: Uint32Array,
  uint16: Uint16Array,
  uint8: Uint8Array,
} as const;

/** Element types of a checkpoint, by their name in the file. */
export type CheckpointDtype = keyof typeof arrayTypes;
export const checkpointDtypes = Object.keys(arrayTypes) as [CheckpointDtype, ...CheckpointDtype[]];

/** Bytes of one element. */
export function elementBytes(dtype: CheckpointDtype): number {
  return arrayTypes[dtype].BYTES_PER_ELEMENT;
}

/** The name of an array's element type, or `undefined` for one that checkpoints do not hold. */
export function dtypeOf(data: ArrayData): CheckpointDtype | undefined {
  return checkpointDtypes.find((dtype) => data.constructor.name === arrayTypes[dtype].name);
}

/** A typed array over existing bytes; `byteOffset` must be a multiple of the element size. */
export function arrayView(
  dtype: CheckpointDtype,
  buffer: ArrayBufferLike,
  byteOffset: number,
  length: number,
): ArrayData {
  return new arrayTypes[dtype](buffer as ArrayBuffer, byteOffset, length);
}
