/** A file of format version 1, written once and kept: it must stay readable for ever. */
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { inspectCheckpoint, loadCheckpoint } from '../../src/checkpoint/checkpointFiles.ts';

const file = fileURLToPath(new URL('./version1.ckpt', import.meta.url));

it('reads a checkpoint of version 1', async () => {
  const { tensors, ...rest } = await loadCheckpoint(file);
  expect(rest).toEqual({
    step: 1234,
    engine: 'simd',
    config: { trainer: { seed: 42 }, model: { kind: 'instant-ngp' } },
    facts: { trainSeconds: 12.5 },
  });
  expect(tensors).toEqual({
    'optimizers/encoding/step': { shape: [], data: Int32Array.of(-7) },
    'parameters/encoding/table': {
      shape: [2, 3],
      data: Float32Array.of(1, -0, 0.5, Number.POSITIVE_INFINITY, 1e-45, -3),
    },
    'pipeline/grid': { shape: [5], data: Uint8Array.of(1, 2, 3, 4, 255) },
  });
});

it('gives its tensors the checksums they have always had', async () => {
  const { tensors, configHash } = await inspectCheckpoint(file);
  // Computed with the xxhash package of Python.
  expect([configHash, ...tensors.map(({ name, checksum }) => `${name} ${checksum}`)]).toEqual([
    '2caa32ea5d33a309',
    'optimizers/encoding/step 68f36ee45a503415',
    'parameters/encoding/table fb4da447c5dbeece',
    'pipeline/grid dc9b9df2d0b9fec0',
  ]);
});
