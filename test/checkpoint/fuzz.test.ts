/** `NERFSTREAM_MUTATIONS=100000 npx vitest run test/checkpoint/fuzz` runs as many as you like. */
import { expect, it } from 'vitest';
import xxhash from 'xxhash-wasm';
import { decodeCheckpoint } from '../../src/checkpoint/decodeCheckpoint.ts';
import { encodeCheckpoint } from '../../src/checkpoint/encodeCheckpoint.ts';
import { CheckpointError } from '../../src/errors.ts';
import { mutateCheckpoint } from './mutateCheckpoint.ts';

const mutations = Number(process.env['NERFSTREAM_MUTATIONS'] ?? 4_000);

it(
  `refuses or survives ${mutations} damaged checkpoints`,
  async () => {
    const api = await xxhash();
    const data = Float32Array.from({ length: 300 }, (_, index) => Math.sin(index));
    const tensors = Object.fromEntries(
      ['parameters/a/w', 'parameters/b/w', 'optimizers/a/m'].map((name, index) => [
        name,
        { shape: [10 + index], data: data.slice(0, 10 + index) },
      ]),
    );
    const config = { trainer: { seed: 1, maxSteps: 100 }, list: [1, [2, [3]]] };
    const parts = await encodeCheckpoint({
      step: 77,
      engine: 'simd',
      config,
      facts: { psnr: 25.5 },
      tensors,
    });
    const original = new Uint8Array(Buffer.concat(parts));
    const outcomes = { refused: 0, unchanged: 0, changedButSealed: 0 };
    let slowestMs = 0;
    let largestGrowth = 0;
    for (let index = 0; index < mutations; index++) {
      const mutated = mutateCheckpoint(original, index, api);
      const { arrayBuffers, heapUsed } = process.memoryUsage();
      const began = performance.now();
      try {
        const decoded = await decodeCheckpoint(mutated);
        // Without a forged seal, what can be read is what was written.
        if (index % 2 === 0) expect(Buffer.compare(mutated, original)).toBe(0);
        for (const [name, { shape, data: values }] of Object.entries(decoded.tensors))
          expect([name, values.length]).toEqual([name, shape.reduce((product, size) => product * size, 1)]);
        outcomes[Buffer.compare(mutated, original) === 0 ? 'unchanged' : 'changedButSealed']++;
      } catch (error) {
        if (!(error instanceof CheckpointError)) throw error;
        expect(error.message).not.toContain('\n');
        outcomes.refused++;
      }
      slowestMs = Math.max(slowestMs, performance.now() - began);
      const after = process.memoryUsage();
      const grown = Math.max(0, after.arrayBuffers - arrayBuffers) + Math.max(0, after.heapUsed - heapUsed);
      largestGrowth = Math.max(largestGrowth, grown);
    }
    console.log(
      `${mutations} mutations: ${JSON.stringify(outcomes)}, slowest ${slowestMs.toFixed(1)} ms, ` +
        `most memory taken by one ${(largestGrowth / 1024).toFixed(0)} KiB`,
    );
    expect(outcomes.refused).toBeGreaterThan(mutations * 0.9);
    expect(slowestMs).toBeLessThan(1000);
    expect(largestGrowth).toBeLessThan(4 * 1024 * 1024);
  },
  60_000 + mutations * 5,
);
