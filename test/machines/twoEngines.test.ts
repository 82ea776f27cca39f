/** Two trainers in one process, each with an engine of its own. */
import { afterEach, describe, expect, it } from 'vitest';
import { sinePipeline } from '../../examples/sinePipeline.ts';
import { createTrainer } from '../../machines/createTrainer.ts';
import { createEngine } from '../../src/tensors/createEngine.ts';
import type { Engine } from '../../src/tensors/engine.ts';
import * as tf from '../../src/tensors/tf.ts';
import { cpuEngine } from '../support/cpuBackend.ts';
import { trainerConfig } from '../support/trainerConfig.ts';

const config = trainerConfig({
  groups: { network: { optimizer: { kind: 'adam', learningRate: 0.02 } } },
  trainer: { maxSteps: 40 },
  evaluate: { allImagesEverySteps: 10 },
});
const engines: Engine[] = [];
const simd = async () => {
  const engine = await createEngine({ engine: 'simd', threads: 2 });
  engines.push(engine);
  return engine;
};
afterEach(async () => {
  for (const engine of engines.splice(0)) engine.dispose();
});

/** Trains; @returns bits of the parameters, and the backends that steps ran on */
async function train(engine: Engine, seed: number) {
  const backends = new Set<string>();
  const inner = { pipeline: undefined as ReturnType<typeof sinePipeline> | undefined };
  const trainer = createTrainer(config, {
    engine,
    pipeline() {
      const pipeline = sinePipeline(seed);
      inner.pipeline = pipeline;
      return {
        ...pipeline,
        trainStep(step, time) {
          backends.add(tf.getBackend());
          return pipeline.trainStep(step, time);
        },
        commit() {
          backends.add(tf.getBackend());
        },
      };
    },
    runDir: null,
    sinks: [],
    hooks: {
      afterStep({ step }) {
        if (step < 40) return;
        values.push(
          ...Object.values(inner.pipeline!.groups)
            .flat()
            .flatMap(({ variable }) => [...engine.read(variable)]),
        );
      },
    },
  });
  const values: number[] = [];
  await trainer.done;
  return { values, backends: [...backends] };
}

describe('[EN3] two engines in one process', () => {
  it('two of simd, and simd beside the plain one: each trainer computes what it would compute alone', async () => {
    const alone = await train(await simd(), 1);
    const aloneToo = await train(await simd(), 2);
    const [first, second, plain] = [await simd(), await simd(), await cpuEngine()];
    const [one, two, three] = await Promise.all([train(first, 1), train(second, 2), train(plain, 1)]);
    expect(one.values).toEqual(alone.values);
    expect(two.values).toEqual(aloneToo.values);
    expect(three.values).toBeAllClose(alone.values, { rtol: 1e-3, atol: 1e-4 });
    expect(new Set([one, two, three].flatMap(({ backends }) => backends)).size).toBe(3);
    for (const { backends } of [one, two, three]) expect(backends).toHaveLength(1);
  });

  it('the one goes on when the other is gone', async () => {
    const [first, second] = [await simd(), await simd()];
    const before = await train(first, 3);
    second.dispose();
    engines.splice(engines.indexOf(second), 1);
    expect((await train(first, 3)).values).toEqual(before.values);
  });
});
