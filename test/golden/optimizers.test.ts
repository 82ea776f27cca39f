/** Every trajectory of optimizers.json, within 2e-5 relative or 1e-6 absolute: on tfjs operations and on the kernels. */

import { from } from 'rxjs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createKernelPool } from '../../src/kernels/createKernelPool.ts';
import type { KernelPool } from '../../src/kernels/kernelPool.ts';
import { createOptimizers } from '../../src/optimizers/createOptimizers.ts';
import { selectCpuBackend } from '../../src/tensors/selectCpuBackend.ts';
import * as tf from '../../src/tensors/tf.ts';
import { applyOptimizers } from '../../streams/operators/applyOptimizers.ts';
import { clipGradients } from '../../streams/operators/clipGradients.ts';
import type { AppliedStep, TrainStep } from '../../streams/step.ts';
import { engineOn } from '../support/cpuBackend.ts';
import { type ReferenceTensor, readReference, rowsOf } from '../support/referenceDir.ts';
import { fromTorchOptimizer } from '../support/torchOptimizers.ts';

interface OptimizerCase {
  readonly name: string;
  readonly config: Readonly<Record<string, unknown>>;
  readonly maxNorm: number | null;
  readonly totalNorm: readonly number[] | null;
  readonly after: readonly { readonly step: number; readonly params: readonly number[] }[];
}

const { init, gradients, cases } = readReference<{
  init: ReferenceTensor;
  gradients: ReferenceTensor;
  cases: readonly OptimizerCase[];
}>('optimizers.json');

const titled = cases.map((one, index) => {
  const clip = one.maxNorm === null ? '' : `, norm <= ${one.maxNorm}`;
  return [`${index}: ${one.name} ${JSON.stringify(one.config)}${clip}`, one] as const;
});

describe('optimizers.json', () => {
  let kernels: KernelPool;
  beforeAll(async () => {
    await selectCpuBackend();
    kernels = await createKernelPool({ threads: 2 });
  });
  afterAll(() => kernels.dispose());

  it.each(titled)('reference form, %s', (_, one) => check(one));
  it.each(titled)('kernels, %s', (_, one) => check(one, kernels));

  it('was checked whole', () => {
    console.log(`optimizers.json: ${cases.length} cases checked`);
    expect(cases.length).toBeGreaterThan(0);
  });
});

/** Runs the case through the operators that the trainer uses, and compares each state that the file gives. */
function check(one: OptimizerCase, kernels?: KernelPool): void {
  const optimizer = fromTorchOptimizer(one.name, one.config);
  const variable = tf.variable(tf.tensor(Float32Array.from(init.data), [...init.shape]));
  const groups = { all: [{ name: 'vector', variable }] };
  const optimizers = createOptimizers(groups, { all: { optimizer } }, engineOn(kernels));
  const norms: number[] = [];
  const after: Float32Array[] = [];
  from(steps())
    .pipe(
      clipGradients(groups, { all: { clipNorm: one.maxNorm ?? undefined } }, engineOn(kernels)),
      applyOptimizers(optimizers, { learningRate: () => optimizer.learningRate }),
    )
    .subscribe({
      next({ gradientNorms }: AppliedStep) {
        norms.push(gradientNorms['all'] as number);
        after.push(Float32Array.from(variable.dataSync<'float32'>()));
      },
      error(error) {
        throw error;
      },
    });
  try {
    if (one.totalNorm) expect(norms).toBeAllClose(one.totalNorm, { rtol: 2e-5, atol: 1e-6 });
    expect(one.after.length).toBeGreaterThan(0);
    for (const { step, params } of one.after) expect(after[step]).toBeTrajectory(params);
  } finally {
    optimizers.dispose();
    variable.dispose();
  }
}

function* steps(): Generator<TrainStep> {
  const shape = gradients.shape.slice(1);
  let step = 0;
  for (const row of rowsOf(gradients)) {
    const gradient = tf.tensor(Float32Array.from(row), shape);
    yield { step: ++step, losses: {}, gradients: { vector: gradient } };
    gradient.dispose();
  }
}

declare module 'vitest' {
  interface Matchers<T> {
    /** Every element within 2e-5 relative or 1e-6 absolute, whichever is more. */
    toBeTrajectory(expected: readonly number[]): T;
  }
}

expect.extend({
  toBeTrajectory(received: Float32Array | undefined, expected: readonly number[]) {
    const index = expected.findIndex((value, at) => {
      const difference = Math.abs((received?.[at] ?? Number.NaN) - value);
      return !(difference <= Math.max(1e-6, 2e-5 * Math.abs(value)));
    });
    const pass = index < 0 && received?.length === expected.length;
    return {
      pass,
      message: () => `element ${index}: received ${received?.[index]}, expected ${expected[index]}`,
    };
  },
});
