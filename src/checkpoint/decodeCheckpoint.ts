/** A checkpoint from the bytes of its file. The tensors are views on these bytes. */

import { loadHash64, type RunningHash64 } from '../hash64.ts';
import type { ShapedArray } from '../tensors/namedArrays.ts';
import type { Checkpoint, Plain } from './checkpoint.ts';
import { arrayView, elementBytes, preambleBytes } from './checkpointLayout.ts';
import { type DecodedHeader, decodeHeader } from './codec.ts';
import { damagedCheckpoint } from './damagedCheckpoint.ts';

/**
 * @param bytes a whole file; kept alive by the tensors, which are views on it (copied once if `bytes` is not aligned)
 * @param file its path, for messages
 * @throws CheckpointError when a single bit is not as it was written, or anything else is wrong
 */
export async function decodeCheckpoint(bytes: Uint8Array, file?: string): Promise<Checkpoint> {
  const aligned = bytes.byteOffset % 8 === 0 ? bytes : bytes.slice();
  const decoded = await decodeHeader(aligned, file);
  const { fileLength } = decoded.preamble;
  if (fileLength !== aligned.length)
    throw damagedCheckpoint(file, `it has ${aligned.length} bytes, ${fileLength} were written`);
  blobVerifier(aligned, decoded, await loadHash64(), file)(aligned.length);
  return checkpointOver(aligned, decoded);
}

/** The checkpoint whose file's bytes are `bytes`; its tensors are views on them and not verified here. */
export function checkpointOver(bytes: Uint8Array, { header, dataStart }: DecodedHeader): Checkpoint {
  const { step, engine, config, facts, tensors } = header;
  const arrays = tensors.map(({ name, shape, dtype, offset, byteLength }): [string, ShapedArray] => {
    const start = bytes.byteOffset + dataStart + offset;
    return [name, { shape, data: arrayView(dtype, bytes.buffer, start, byteLength / elementBytes(dtype)) }];
  });
  return {
    step,
    engine,
    config: config as Plain,
    facts: facts as Record<string, Plain>,
    tensors: Object.fromEntries(arrays),
  };
}

/**
 * Verifies everything behind the header in order, while the bytes come in: what has just been read is still in the
 * processor's cache.
 *
 * @returns a function that is told how far the file is there now, in bytes from its start; it throws `CheckpointError`
 */
export function blobVerifier(
  bytes: Uint8Array,
  { header, preamble, dataStart }: DecodedHeader,
  beginHash: () => RunningHash64,
  file?: string,
): (end: number) => void {
  let checked = preambleBytes + preamble.headerLength;
  let index = 0;
  let hash = beginHash();
  return (end) => {
    for (; index < header.tensors.length; index++) {
      const { name, offset, byteLength, checksum } = header.tensors[index]!;
      const start = dataStart + offset;
      if (checked < start) {
        const padding = bytes.subarray(checked, Math.min(start, end));
        if (padding.some((byte) => byte !== 0))
          throw damagedCheckpoint(file, 'bytes between its tensors were changed');
        checked += padding.length;
      }
      const piece = bytes.subarray(checked, Math.min(start + byteLength, end));
      hash.update(piece);
      checked += piece.length;
      if (checked < start + byteLength) return;
      if (hash.digest() !== checksum)
        throw damagedCheckpoint(file, `tensor "${name}" does not match its checksum`);
      hash = beginHash();
    }
  };
}
