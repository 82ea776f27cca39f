/** What only a machine with a GPU can show; run by `npm run test:gpu`, skipped elsewhere. */
import { execFileSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { createEngine } from '../../src/tensors/createEngine.ts';
import * as tf from '../../src/tensors/tf.ts';

describe.skipIf(process.env['NERFSTREAM_TEST_GPU'] === undefined)('with a GPU', () => {
  it('auto takes TensorFlow, which computes there', async () => {
    const engine = await createEngine({ engine: 'auto' });
    expect(engine.description).toMatch(/^engine tensorflow: .* on the GPU/);
    const a = tf.fill([512, 512], 0.5);
    expect(tf.matMul(a, a).dataSync()[0]).toBe(128);
    const query = ['--query-gpu=name,memory.used,memory.total', '--format=csv,noheader'];
    console.log(`GPU: ${execFileSync('nvidia-smi', query, { encoding: 'utf8' }).trim()}`);
    engine.dispose();
  });
});
