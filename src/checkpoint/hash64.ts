/**
 * XXH64 of bytes as 16 hexadecimal digits: fast enough (4 GB/s) that every load and save checks every byte, and the
 * same digits as any other XXH64 tool gives. It guards against accidents, not against forgery.
 */
import xxhash from 'xxhash-wasm';

/** @returns 16 lower-case hexadecimal digits of the concatenation of the parts. */
export type Hash64 = (...parts: readonly Uint8Array[]) => string;

/** Fits the processor's second-level cache: hashing in pieces of this size is ten times faster than all at once. */
const pieceBytes = 256 * 1024;

/** Compiles the hash function (about a millisecond). It keeps no memory of what it hashed. */
export async function loadHash64(): Promise<Hash64> {
  const { create64 } = await xxhash();
  return (...parts) => {
    const hash = create64();
    for (const part of parts)
      for (let offset = 0; offset < part.length; offset += pieceBytes)
        hash.update(part.subarray(offset, offset + pieceBytes));
    return hash.digest().toString(16).padStart(16, '0');
  };
}
