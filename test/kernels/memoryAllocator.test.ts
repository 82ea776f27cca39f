import { describe, expect, it } from 'vitest';
import { EngineError } from '../../src/errors.ts';
import { createMemoryAllocator } from '../../src/kernels/memoryAllocator.ts';
import { RandomStream, randomKey, uniformAt } from '../../src/rng.ts';

describe('createMemoryAllocator', () => {
  it('hands out 64-byte aligned blocks that do not overlap, and grows only when it must', () => {
    const grown: number[] = [];
    const allocator = createMemoryAllocator(100, (bytes) => grown.push(bytes));
    expect([allocator.allocate(1), allocator.allocate(65), allocator.allocate(0)]).toEqual([128, 192, 320]);
    expect(grown).toEqual([192, 320, 384]);
    expect(allocator.usedBytes).toBe(64 + 128 + 64);
  });

  it('reuses the smallest free block that fits, and merges neighbours', () => {
    const grown: number[] = [];
    const allocator = createMemoryAllocator(0, (bytes) => grown.push(bytes));
    const [a, b, c, d] = [256, 64, 64, 64].map((bytes) => allocator.allocate(bytes)) as [
      number,
      number,
      number,
      number,
    ];
    allocator.release(a);
    allocator.release(c);
    expect(allocator.allocate(64)).toBe(c);
    allocator.release(b);
    // a and b are neighbours: together they hold 320 bytes.
    expect(allocator.allocate(320)).toBe(a);
    expect(grown).toHaveLength(4);
    allocator.release(d);
    expect(allocator.usedBytes).toBe(320 + 64);
  });

  it('refuses to release what is not allocated, or twice', () => {
    const allocator = createMemoryAllocator(0, () => {});
    const address = allocator.allocate(64);
    allocator.release(address);
    expect(() => allocator.release(address)).toThrow(EngineError);
  });

  it('leaves everything as it was when growing fails', () => {
    const allocator = createMemoryAllocator(0, () => {
      throw new EngineError('full');
    });
    expect(() => allocator.allocate(64)).toThrow('full');
    expect(allocator.usedBytes).toBe(0);
  });

  it('keeps its promises over a long random life, and leaves one free block in the end', () => {
    let memory = 0;
    const allocator = createMemoryAllocator(64, (bytes) => {
      memory = Math.max(memory, bytes);
    });
    const live = new Map<number, number>();
    const key = randomKey(5, RandomStream.noise, 0);
    for (let index = 0; index < 20_000; index++) {
      const choice = uniformAt(key, 2 * index);
      if (choice < 0.52 || live.size === 0) {
        const bytes = Math.floor(2 ** (16 * uniformAt(key, 2 * index + 1)));
        const address = allocator.allocate(bytes);
        expect(address % 64).toBe(0);
        live.set(address, Math.ceil(bytes / 64) * 64);
      } else {
        const [address] = [...live.keys()].slice(Math.floor(((choice - 0.52) / 0.48) * live.size));
        allocator.release(address!);
        live.delete(address!);
      }
    }
    const blocks = [...live].sort(([a], [b]) => a - b);
    blocks.forEach(([address, bytes], index) => {
      expect(address + bytes).toBeLessThanOrEqual(blocks[index + 1]?.[0] ?? memory);
    });
    expect(allocator.usedBytes).toBe(blocks.reduce((sum, [, bytes]) => sum + bytes, 0));
    expect(allocator.peakBytes).toBeGreaterThanOrEqual(allocator.usedBytes);
    for (const address of live.keys()) allocator.release(address);
    expect(allocator.allocate(memory - 64)).toBe(64);
  });

  it('grows by what is missing when a free block lies at the end', () => {
    const grown: number[] = [];
    const allocator = createMemoryAllocator(0, (bytes) => grown.push(bytes));
    allocator.release(allocator.allocate(640));
    expect(allocator.allocate(1280)).toBe(0);
    expect(grown).toEqual([640, 1280]);
  });

  // Two seconds; if each block cost a look at all others, it would be minutes.
  it('finds room among 400,000 live blocks without looking at each', { timeout: 60_000 }, () => {
    const blocks = 400_000;
    const bytesOf = (index: number) => 64 + (index % 50) * 64;
    const allocator = createMemoryAllocator(0, () => {});
    const addresses = Array.from({ length: blocks }, (_, index) => allocator.allocate(bytesOf(index)));
    for (let index = 0; index < blocks; index += 2) allocator.release(addresses[index]!);
    const { usedBytes, peakBytes } = allocator;
    for (let index = 0; index < blocks; index += 2) addresses[index] = allocator.allocate(bytesOf(index));
    expect(new Set(addresses).size).toBe(blocks);
    // Every hole was filled by a block of its size.
    expect([allocator.usedBytes, allocator.peakBytes]).toEqual([peakBytes, peakBytes]);
    expect(usedBytes).toBeLessThan(0.6 * peakBytes);
  });
});
