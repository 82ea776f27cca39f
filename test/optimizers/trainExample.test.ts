/** Every optimizer trains the example model (y = sin x) through the real Trainer, on the kernels; the table stands in docs/optimizers.md. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { sinePipeline } from '../../examples/sinePipeline.ts';
import { createTrainer } from '../../machines/createTrainer.ts';
import { configSchema } from '../../src/config/schema.ts';
import { optimizerSchema } from '../../src/optimizers/optimizerSchema.ts';
import { createEngine } from '../../src/tensors/createEngine.ts';
import type { Engine } from '../../src/tensors/engine.ts';

const steps = 400;

/** A rate that suits the model, for each kind. */
const settings: readonly {
  readonly kind: string;
  readonly learningRate: number;
  readonly momentum?: number;
}[] = [
  { kind: 'sgd', learningRate: 0.05, momentum: 0.9 },
  { kind: 'adam', learningRate: 0.02 },
  { kind: 'adamw', learningRate: 0.02 },
  { kind: 'radam', learningRate: 0.02 },
  { kind: 'nadam', learningRate: 0.02 },
  { kind: 'adamax', learningRate: 0.02 },
  { kind: 'adagrad', learningRate: 0.1 },
  { kind: 'adadelta', learningRate: 1 },
  { kind: 'rmsprop', learningRate: 0.01 },
  { kind: 'lion', learningRate: 0.005 },
  { kind: 'adan', learningRate: 0.02 },
];

let engine: Engine;
beforeAll(async () => {
  engine = await createEngine({ engine: 'simd', threads: 2 });
});
afterAll(() => engine.dispose());

describe('the example model', () => {
  it('is trained by every optimizer', async () => {
    const kinds = optimizerSchema.options.map(({ shape }) => shape.kind.value);
    expect(settings.map(({ kind }) => kind).sort()).toEqual([...kinds].sort());
    const rows: string[] = [];
    for (const optimizer of settings) {
      const [before, after] = [await lossAfter(0, optimizer), await lossAfter(steps, optimizer)];
      expect(after, optimizer.kind).toBeLessThan(before / 10);
      rows.push(`| ${optimizer.kind} | ${optimizer.learningRate} | ${after.toExponential(1)} |`);
    }
    console.log(`mean squared error of sin x after ${steps} steps\n${rows.join('\n')}`);
    const page = readFileSync(join(import.meta.dirname, '../../docs/optimizers.md'), 'utf8');
    for (const { kind, learningRate } of settings) expect(page).toContain(`| ${kind} | ${learningRate} | `);
  }, 60_000);
});

/** Mean squared error over an even grid after so many steps; 0 steps: of the model as it begins. */
async function lossAfter(maxSteps: number, optimizer: (typeof settings)[number]): Promise<number> {
  const pipeline = sinePipeline(1);
  const mse = () => pipeline.evalImage?.(0)?.metrics['mse'] as number;
  try {
    if (maxSteps === 0) return mse();
    const config = configSchema.parse({
      method: 'sine',
      sinks: [],
      groups: { network: { optimizer, scheduler: { kind: 'cosineDecay', warmupSteps: 20, maxSteps } } },
      trainer: { maxSteps },
      evaluate: { batchEverySteps: 0, imageEverySteps: 0, allImagesEverySteps: 0 },
      checkpoint: { everySteps: 0 },
    });
    await createTrainer(config, { pipeline, engine, runDir: null, sinks: [] }).done;
    return mse();
  } finally {
    pipeline.dispose();
  }
}
