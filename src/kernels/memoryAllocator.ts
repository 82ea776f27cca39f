/** Which parts of the shared memory are in use: best fit over a sorted free list, neighbours merged, 64-byte aligned. */
import { EngineError } from '../errors.ts';

/** Cache line and largest vector: every block starts at a multiple of it. */
export const blockAlignment = 64;

interface Block {
  readonly address: number;
  readonly bytes: number;
}

/** Hands out addresses of one growing memory. */
export interface MemoryAllocator {
  /** @returns address of `bytes` (rounded up to a multiple of 64) that nobody else has. */
  allocate(bytes: number): number;
  /** @throws EngineError for an address that is not allocated. */
  release(address: number): void;
  /** Bytes handed out at present. */
  readonly usedBytes: number;
}

/**
 * @param start first byte that may be handed out
 * @param grow called with the number of bytes that the memory must have; throws when it cannot
 */
export function createMemoryAllocator(start: number, grow: (totalBytes: number) => void): MemoryAllocator {
  const used = new Map<number, number>();
  let free: Block[] = [];
  let end = roundUp(start);
  let usedBytes = 0;

  return {
    get usedBytes() {
      return usedBytes;
    },
    allocate(bytes) {
      const size = Math.max(blockAlignment, roundUp(bytes));
      let best = -1;
      for (let index = 0; index < free.length; index++) {
        const block = free[index]!;
        if (block.bytes >= size && (best < 0 || block.bytes < free[best]!.bytes)) best = index;
      }
      let address: number;
      if (best >= 0) {
        const block = free[best]!;
        address = block.address;
        if (block.bytes === size) free.splice(best, 1);
        else free[best] = { address: address + size, bytes: block.bytes - size };
      } else {
        address = end;
        grow(end + size);
        end += size;
      }
      used.set(address, size);
      usedBytes += size;
      return address;
    },
    release(address) {
      const bytes = used.get(address);
      if (bytes === undefined) throw new EngineError(`address ${address} is not allocated`);
      used.delete(address);
      usedBytes -= bytes;
      free = mergeNeighbours([...free, { address, bytes }]);
    },
  };
}

function mergeNeighbours(blocks: Block[]): Block[] {
  const merged: Block[] = [];
  for (const block of blocks.sort((a, b) => a.address - b.address)) {
    const last = merged.at(-1);
    if (last && last.address + last.bytes === block.address)
      merged[merged.length - 1] = { address: last.address, bytes: last.bytes + block.bytes };
    else merged.push(block);
  }
  return merged;
}

function roundUp(bytes: number): number {
  return Math.ceil(bytes / blockAlignment) * blockAlignment;
}
