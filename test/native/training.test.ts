/** The same run on each engine: 100 steps from one seed, and a run that begins on one engine and goes on on another. */
import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { gatherTensors, restoreTensors } from '../../machines/runTensors.ts';
import { silentLog } from '../../machines/trainerOptions.ts';
import { createTrainerParts, type TrainerParts } from '../../machines/trainerParts.ts';
import type { Config } from '../../src/config/schema.ts';
import type { NamedArrays } from '../../src/tensors/namedArrays.ts';
import * as tf from '../../src/tensors/tf.ts';
import { type EngineName, hasTensorflow, withEngine } from './engines.ts';
import { tinyRun } from './tinyRun.ts';

const steps = 100;
const learningRate = 5e-3;
let folder: string;
let config: Config;

beforeAll(async () => {
  folder = mkdtempSync(path.join(os.tmpdir(), 'nerfstream-native-'));
  config = await tinyRun(folder);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Makes steps `from` + 1 to `to`. @returns their losses, and the tensors alive after each */
function train(parts: TrainerParts, from: number, to: number) {
  const losses: number[] = [];
  const tensors: number[] = [];
  for (let step = from + 1; step <= to; step++) {
    const { losses: terms, gradients } = parts.pipeline.trainStep(step);
    losses.push(terms['loss'] as number);
    for (const group of ['encoding', 'networks']) parts.optimizers.apply(group, gradients, learningRate);
    parts.pipeline.commit?.(step);
    tensors.push(tf.memory().numTensors);
  }
  return { losses, tensors };
}

/** Runs `body` with a run's parts on the engine. */
async function onEngine<T>(name: EngineName, body: (parts: TrainerParts) => T): Promise<T> {
  return withEngine(name, async (engine) => {
    const parts = await createTrainerParts(config, { engine }, silentLog);
    try {
      return body(parts);
    } finally {
      parts.dispose();
    }
  });
}

function copied(arrays: NamedArrays): NamedArrays {
  return Object.fromEntries(
    Object.entries(arrays).map(([name, { shape, data }]) => [name, { shape, data: data.slice() }]),
  );
}

/** Mean of the last ten. */
const late = (losses: readonly number[]) => losses.slice(-10).reduce((sum, loss) => sum + loss / 10, 0);

describe.skipIf(!hasTensorflow)('training on TensorFlow', () => {
  it(`${steps} steps from one seed: losses as on simd and on cpu, no tensor left behind`, async () => {
    const runs: Record<string, ReturnType<typeof train>> = {};
    for (const name of ['simd', 'tensorflow', 'cpu'] as const)
      runs[name] = await onEngine(name, (parts) => train(parts, 0, steps));
    const { simd, tensorflow, cpu } = runs as Record<EngineName, ReturnType<typeof train>>;
    console.log('step  simd  tensorflow  cpu');
    for (const step of [1, 2, 5, 10, 20, 50, 100])
      console.log(
        [step, ...[simd, tensorflow, cpu].map(({ losses }) => losses[step - 1]!.toFixed(6))].join('  '),
      );
    for (const { losses, tensors } of [tensorflow, cpu]) {
      for (const step of [1, 2, 3]) expect(losses[step - 1]! / simd.losses[step - 1]!).toBeCloseTo(1, 4);
      // Roundings grow from step to step; what is learned stays the same.
      expect(late(losses) / late(simd.losses)).toBeGreaterThan(0.8);
      expect(late(losses) / late(simd.losses)).toBeLessThan(1.25);
      expect(new Set(tensors.slice(1)).size).toBe(1);
    }
    expect(late(simd.losses)).toBeLessThan(simd.losses[0]! / 3);
  }, 300_000);

  it.each([
    ['simd', 'tensorflow'],
    ['tensorflow', 'simd'],
  ] as const)(
    'a run that began on %s goes on on %s',
    async (first, second) => {
      const { saved, expected } = await onEngine(first, (parts) => {
        train(parts, 0, 20);
        const saved = copied(gatherTensors(parts));
        return { saved, expected: train(parts, 20, 25).losses };
      });
      const losses = await onEngine(second, (parts) => {
        restoreTensors(parts, saved);
        const back = gatherTensors(parts);
        expect(Object.keys(back).sort()).toEqual(Object.keys(saved).sort());
        for (const [name, { data }] of Object.entries(saved))
          if (name.startsWith('parameters/') || name.startsWith('optimizers/'))
            expect(Buffer.compare(bytesOf(back[name]!.data), bytesOf(data)), name).toBe(0);
        return train(parts, 20, 25).losses;
      });
      console.log(`${first} ${expected.map((loss) => loss.toFixed(6)).join(' ')}`);
      console.log(`${second} ${losses.map((loss) => loss.toFixed(6)).join(' ')}`);
      expect(losses).toBeAllClose(expected, { rtol: 2e-3, atol: 0 });
      expect(losses[0]! / expected[0]!).toBeCloseTo(1, 4);
    },
    120_000,
  );
});

function bytesOf(data: ArrayBufferView): Uint8Array {
  return new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
}
