// Saves 20 MB checkpoints one after the other until it is killed; prints the step of each that was completed.
// Usage: node saveInLoop.mjs FOLDER FIRST_STEP [MEGABYTES]
import { createCheckpointStore } from '../../dist/src/checkpoint/checkpointStore.js';

const [folder, first, megabytes = '20'] = process.argv.slice(2);
const store = createCheckpointStore({ folder, keep: 2, log: { warn: () => {} } });
const half = new Float32Array((Number(megabytes) * 1e6) / 8);
const tensors = {
  'parameters/a/first': { shape: [half.length], data: half },
  'parameters/a/second': { shape: [half.length], data: half },
};
for (let step = Number(first); ; step++) {
  half.fill(step);
  await store.save({ step, engine: 'simd', config: {}, facts: {}, tensors });
  process.stdout.write(`${step}\n`);
}
