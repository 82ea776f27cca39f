/** Which parts of the shared memory are in use: best fit among free blocks by size, neighbours merged at once, 64-byte aligned. */
import { EngineError } from '../errors.ts';

/** Cache line and largest vector: every block starts at a multiple of it. */
export const blockAlignment = 64;

/** Hands out addresses of one growing memory. */
export interface MemoryAllocator {
  /** @returns address of `bytes` (rounded up to a multiple of 64) that nobody else has. */
  allocate(bytes: number): number;
  /** @throws EngineError for an address that is not allocated. */
  release(address: number): void;
  /** Bytes handed out at present. */
  readonly usedBytes: number;
  /** Most bytes that were handed out at one time. */
  readonly peakBytes: number;
}

/**
 * Finding the best block is a binary search over the sizes that are free, merging looks up both neighbours: thousands of
 * live blocks cost what ten do.
 * @param start first byte that may be handed out
 * @param grow called with the number of bytes that the memory must have; throws when it cannot
 */
export function createMemoryAllocator(start: number, grow: (totalBytes: number) => void): MemoryAllocator {
  const used = new Map<number, number>();
  const free = createFreeBlocks();
  let end = roundUp(start);
  let usedBytes = 0;
  let peakBytes = 0;

  /** Room at the end of the memory, beginning with the free block that lies there, if any. */
  const extend = (size: number) => {
    const last = free.endingAt(end);
    const address = last?.address ?? end;
    grow(address + size);
    if (last) free.remove(last.address, last.bytes);
    end = address + size;
    return address;
  };

  return {
    get usedBytes() {
      return usedBytes;
    },
    get peakBytes() {
      return peakBytes;
    },
    allocate(bytes) {
      const size = Math.max(blockAlignment, roundUp(bytes));
      const best = free.bestFit(size);
      const address = best?.address ?? extend(size);
      if (best) {
        free.remove(best.address, best.bytes);
        if (best.bytes > size) free.add(best.address + size, best.bytes - size);
      }
      used.set(address, size);
      usedBytes += size;
      peakBytes = Math.max(peakBytes, usedBytes);
      return address;
    },
    release(address) {
      const bytes = used.get(address);
      if (bytes === undefined) throw new EngineError(`address ${address} is not allocated`);
      used.delete(address);
      usedBytes -= bytes;
      const before = free.endingAt(address);
      const after = free.startingAt(address + bytes);
      if (before) free.remove(before.address, before.bytes);
      if (after) free.remove(after.address, after.bytes);
      free.add(before?.address ?? address, (before?.bytes ?? 0) + bytes + (after?.bytes ?? 0));
    },
  };
}

interface Block {
  readonly address: number;
  readonly bytes: number;
}

/** Free blocks, found by size and by either end. */
function createFreeBlocks() {
  const bytesByStart = new Map<number, number>();
  const startByEnd = new Map<number, number>();
  const startsBySize = new Map<number, Set<number>>();
  /** The sizes that occur, ascending. */
  const sizes: number[] = [];

  /** Index of the first size that is at least `bytes`. */
  const position = (bytes: number) => {
    let low = 0;
    let high = sizes.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (sizes[middle]! < bytes) low = middle + 1;
      else high = middle;
    }
    return low;
  };

  return {
    add(address: number, bytes: number) {
      bytesByStart.set(address, bytes);
      startByEnd.set(address + bytes, address);
      const starts = startsBySize.get(bytes);
      if (starts) {
        starts.add(address);
        return;
      }
      startsBySize.set(bytes, new Set([address]));
      sizes.splice(position(bytes), 0, bytes);
    },
    remove(address: number, bytes: number) {
      bytesByStart.delete(address);
      startByEnd.delete(address + bytes);
      const starts = startsBySize.get(bytes)!;
      starts.delete(address);
      if (starts.size > 0) return;
      startsBySize.delete(bytes);
      sizes.splice(position(bytes), 1);
    },
    bestFit(bytes: number): Block | undefined {
      const size = sizes[position(bytes)];
      if (size === undefined) return undefined;
      const [address] = startsBySize.get(size)!;
      return { address: address!, bytes: size };
    },
    startingAt(address: number): Block | undefined {
      const bytes = bytesByStart.get(address);
      return bytes === undefined ? undefined : { address, bytes };
    },
    endingAt(end: number): Block | undefined {
      const address = startByEnd.get(end);
      return address === undefined ? undefined : { address, bytes: end - address };
    },
  };
}

function roundUp(bytes: number): number {
  return Math.ceil(bytes / blockAlignment) * blockAlignment;
}
