import { describe, expect, it } from 'vitest';
import { EngineError } from '../../src/errors.ts';
import { createMemoryAllocator } from '../../src/kernels/memoryAllocator.ts';

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
});
