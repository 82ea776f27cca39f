/** `NERFSTREAM_MUTATIONS=100000 npx vitest run test/checkpoint/fuzz` runs as many as you like. */
import { expect, it } from 'vitest';
import xxhash from 'xxhash-wasm';
import { decodeCheckpoint } from '../../src/checkpoint/decodeCheckpoint.ts';
import { encodeCheckpoint } from '../../src/checkpoint/encodeCheckpoint.ts';
import { CheckpointError } from '../../src/errors.ts';
import { bombPlace } from './headerBombs.ts';
import { mutateCheckpoint } from './mutateCheckpoint.ts';

const mutations = Number(process.env['NERFSTREAM_MUTATIONS'] ?? 4_000);

/**
 * A small file may take this much to be read, whatever is in it: decoders have a size of their own. What was let go counts too: how
 * much of it is collected meanwhile differs from one version of Node.js to the next (3 MB are seen with 22, 6 MB with 24).
 */
const floorBytes = 8 * 1024 * 1024;

/** A checkpoint of three tensors with `elements` numbers each. */
async function original(elements: number): Promise<Uint8Array> {
  const tensors = Object.fromEntries(
    ['parameters/a/w', 'parameters/b/w', 'optimizers/a/m'].map((name, index) => {
      const data = Float32Array.from({ length: elements + index }, (_, at) => Math.sin(at));
      return [name, { shape: [data.length], data }];
    }),
  );
  const config = { trainer: { seed: 1, maxSteps: 100 }, list: [1, [2, [3]]], place: bombPlace };
  const parts = await encodeCheckpoint({ step: 77, engine: 'simd', config, facts: { psnr: 25.5 }, tensors });
  return new Uint8Array(Buffer.concat(parts));
}

it(
  `refuses or survives ${mutations} damaged checkpoints`,
  async () => {
    const api = await xxhash();
    const [small, large] = [await original(10), await original(400_000)];
    const outcomes = { refused: 0, unchanged: 0, changedButSealed: 0 };
    const worst = { milliseconds: 0, processorMilliseconds: 0, bytesOfSmall: 0, shareOfLarge: 0 };
    for (let index = 0; index < mutations; index++) {
      const source = Math.floor(index / 20) % 8 === 7 ? large : small;
      const mutated = mutateCheckpoint(source, index, api);
      const { arrayBuffers, heapUsed } = process.memoryUsage();
      const began = performance.now();
      const usage = process.cpuUsage();
      let outcome: keyof typeof outcomes = 'refused';
      try {
        const decoded = await decodeCheckpoint(mutated);
        outcome = Buffer.compare(mutated, source) === 0 ? 'unchanged' : 'changedButSealed';
        // Without a forged seal, what can be read is what was written.
        if (index % 2 === 0) expect(outcome).toBe('unchanged');
        for (const [name, { shape, data }] of Object.entries(decoded.tensors))
          expect([name, data.length]).toEqual([name, shape.reduce((product, size) => product * size, 1)]);
      } catch (error) {
        if (!(error instanceof CheckpointError)) throw error;
        expect(error.message).not.toContain('\n');
      }
      worst.milliseconds = Math.max(worst.milliseconds, performance.now() - began);
      const { user, system } = process.cpuUsage(usage);
      worst.processorMilliseconds = Math.max(worst.processorMilliseconds, (user + system) / 1000);
      outcomes[outcome]++;
      const after = process.memoryUsage();
      const grown = Math.max(0, after.arrayBuffers - arrayBuffers) + Math.max(0, after.heapUsed - heapUsed);
      if (mutated.length * 2 < floorBytes) worst.bytesOfSmall = Math.max(worst.bytesOfSmall, grown);
      else worst.shareOfLarge = Math.max(worst.shareOfLarge, grown / mutated.length);
    }
    console.log(
      `${mutations} mutations: ${JSON.stringify(outcomes)}, slowest ${worst.milliseconds.toFixed(1)} ms, most processor time ${worst.processorMilliseconds.toFixed(1)} ms, ` +
        `most memory taken by a file below ${floorBytes / 2 ** 21} MiB ${(worst.bytesOfSmall / 1024).toFixed(0)} KiB, ` +
        `by a larger one ${worst.shareOfLarge.toFixed(2)} x its size`,
    );
    expect(outcomes.refused).toBeGreaterThan(mutations * 0.85);
    // Processor time: on a busy machine anything may have to wait.
    expect(worst.processorMilliseconds).toBeLessThan(1000);
    expect(worst.bytesOfSmall).toBeLessThan(floorBytes);
    expect(worst.shareOfLarge).toBeLessThan(2);
  },
  120_000 + mutations * 20,
);
