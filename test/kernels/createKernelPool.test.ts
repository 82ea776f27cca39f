import { describe, expect, it } from 'vitest';
import { EngineError } from '../../src/errors.ts';
import { allocateHashGridLevels, hashGridEntries, hashGridLevels } from '../../src/fields/hashGridLevels.ts';
import type { KernelPool } from '../../src/kernels/kernelPool.ts';
import { kernelVariants } from '../../src/kernels/kernelVariants.ts';
import { RandomStream, randomKey, uniformAt } from '../../src/rng.ts';
import { withKernels } from '../support/kernelPools.ts';

/** Encodes 5,000 points many times over, so that calls follow each other closely. */
function encodeRepeatedly(kernels: KernelPool, times: number): Float32Array[] {
  const count = 5_000;
  const levels = hashGridLevels({
    levels: 4,
    featuresPerLevel: 4,
    log2TableSize: 12,
    baseResolution: 4,
    maxResolution: 64,
  });
  const levelTable = allocateHashGridLevels(kernels, levels);
  const key = randomKey(1, RandomStream.noise, 0);
  const entries = hashGridEntries(levels) * 4;
  const table = kernels.allocate(entries * 4);
  kernels.float32(table, entries).forEach((_, k, data) => {
    data[k] = uniformAt(key, k);
  });
  const positions = kernels.allocate(count * 16);
  kernels.float32(positions, count * 4).forEach((_, k, data) => {
    data[k] = uniformAt(key, k + entries);
  });
  const tiles = Math.ceil(count / 64);
  return Array.from({ length: times }, () => {
    const out = kernels.allocate(tiles * 16 * 256);
    kernels.run(
      'hashGridForward',
      Math.ceil(count / 1024),
      levelTable,
      4,
      4,
      table,
      positions,
      out,
      16 * 256,
      count,
    );
    const result = kernels.float32(out, tiles * 16 * 64).slice();
    kernels.release(out);
    return result;
  });
}

/** Adds 1 to each of 40 pieces of 64 numbers, `calls` times: a unit that runs twice or never leaves another number. */
function countRuns(kernels: KernelPool, calls: number): Float32Array {
  const [pieces, piece] = [40, 64];
  const count = pieces * piece;
  const [sums, ones] = [kernels.allocate(count * 4), kernels.allocate(count * 4)];
  kernels.float32(ones, count).fill(1);
  for (let call = 0; call < calls; call++) kernels.run('axpy', pieces, piece, count, sums, ones, 1);
  return kernels.float32(sums, count).slice();
}

describe('createKernelPool', () => {
  it('runs every unit exactly once, call after call, on any number of threads', async () => {
    const calls = 2_000;
    for (const threads of [1, 2, 5]) {
      const runs = await withKernels({ threads }, (kernels) => countRuns(kernels, calls));
      expect(new Set(runs)).toEqual(new Set([calls]));
    }
  });

  it('computes the same bits on any number of threads', async () => {
    const results: Float32Array[] = [];
    for (const threads of [1, 2, 5])
      results.push(...(await withKernels({ threads }, (kernels) => encodeRepeatedly(kernels, 20))));
    for (const result of results)
      expect(Buffer.compare(Buffer.from(result.buffer), Buffer.from(results[0]!.buffer))).toBe(0);
    expect(results[0]!.some((value) => value !== 0)).toBe(true);
  });

  it('all modules agree to rounding', async () => {
    const [wide, relaxed, base] = await Promise.all(
      kernelVariants.map((variant) =>
        withKernels({ variant }, (kernels) => encodeRepeatedly(kernels, 1)[0]!),
      ),
    );
    expect(relaxed).toBeAllClose(base!, { rtol: 1e-5, atol: 1e-6 });
    expect(wide).toEqual(relaxed);
  });

  it('gives zeroed memory, again after it was used and released', async () => {
    await withKernels({ threads: 1 }, (kernels) => {
      const address = kernels.allocate(1000);
      kernels.float32(address, 250).fill(3);
      kernels.release(address);
      expect(kernels.float32(kernels.allocate(1000), 250).every((value) => value === 0)).toBe(true);
    });
  });

  it('knows views of its memory, also those made before the memory grew', async () => {
    await withKernels({ threads: 1 }, (kernels) => {
      const early = kernels.float32(kernels.allocate(64), 16);
      early[3] = 5;
      const address = kernels.allocate(64 * 2 ** 20);
      expect(kernels.addressOf(kernels.float32(address, 16))).toBe(address);
      expect(kernels.addressOf(early)).toBe(early.byteOffset);
      expect(kernels.float32(early.byteOffset, 16)[3]).toBe(5);
      expect(kernels.addressOf(new Float32Array(4))).toBeUndefined();
    });
  });

  it('says what is wrong: unknown kernel, more memory than there can be', async () => {
    await withKernels({ threads: 1 }, (kernels) => {
      expect(() => kernels.run('noSuchKernel', 1)).toThrow('no kernel is named noSuchKernel');
      expect(() => kernels.allocate(5 * 2 ** 30)).toThrow(EngineError);
    });
  });

  it('a kernel that traps on any thread becomes an EngineError, and the pool goes on working', async () => {
    await withKernels({ threads: 2 }, (kernels) => {
      const outside = 2 ** 32 - 65_536;
      expect(() =>
        kernels.run('hashGridForward', 8, outside, 4, 4, outside, outside, outside, 4096, 8192),
      ).toThrow(EngineError);
      expect(encodeRepeatedly(kernels, 3)).toHaveLength(3);
    });
  });
});
