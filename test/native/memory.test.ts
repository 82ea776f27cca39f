/** Training on TensorFlow keeps nothing: neither tensors, nor memory of the library, nor arrays that are lent to it. */
import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { silentLog } from '../../machines/trainerOptions.ts';
import { createTrainerParts, type TrainerParts } from '../../machines/trainerParts.ts';
import type { Config } from '../../src/config/schema.ts';
import { nativeBackendOf } from '../../src/tensors/native/nativeBackend.ts';
import * as tf from '../../src/tensors/tf.ts';
import { hasTensorflow, withEngine } from './engines.ts';
import { tinyRun } from './tinyRun.ts';

const warmUp = 60;
const steps = 60;
/** What one step lends to the library alone are 1.5 MB: kept, they would come to 90 MB. */
const mostGrowthMb = 30;
let folder: string;
let config: Config;

beforeAll(async () => {
  folder = mkdtempSync(path.join(os.tmpdir(), 'nerfstream-native-'));
  config = await tinyRun(folder);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function train({ pipeline, optimizers }: TrainerParts, from: number, to: number): void {
  for (let step = from + 1; step <= to; step++) {
    const { gradients } = pipeline.trainStep(step);
    for (const group of ['encoding', 'networks']) optimizers.apply(group, gradients, 5e-3);
    pipeline.commit?.(step);
  }
}

it.skipIf(!hasTensorflow)(
  `${steps} steps on TensorFlow leave as many tensors, and as much resident memory, as there were`,
  async () => {
    setFlagsFromString('--expose-gc');
    const collectGarbage = runInNewContext('gc') as () => void;
    await withEngine('tensorflow', async (engine) => {
      const { binding } = nativeBackendOf(tf.backend());
      const parts = await createTrainerParts(config, { engine }, silentLog);
      const memory = async () => {
        // What was collected is given back in later turns of the event loop, where the binding's finalizers run.
        for (let turn = 0; turn < 5; turn++) {
          collectGarbage();
          await nextTurn();
        }
        const { rss, arrayBuffers } = process.memoryUsage();
        const tensors = tf.memory().numTensors;
        return { tensors, inLibrary: binding.getNumOfTensors(), rss, arrayBuffers };
      };
      train(parts, 0, warmUp);
      const before = await memory();
      train(parts, warmUp, warmUp + steps);
      const after = await memory();
      const [resident, arrays] = [after.rss - before.rss, after.arrayBuffers - before.arrayBuffers].map(
        (bytes) => bytes / 1e6,
      );
      console.log(
        `tensors ${before.inLibrary} -> ${after.inLibrary}, resident +${resident!.toFixed(1)} MB, arrays +${arrays!.toFixed(1)} MB`,
      );
      parts.dispose();
      expect([after.tensors, after.inLibrary]).toEqual([before.tensors, before.inLibrary]);
      expect(resident).toBeLessThan(mostGrowthMb);
      expect(arrays).toBeLessThan(mostGrowthMb / 10);
    });
  },
  120_000,
);
