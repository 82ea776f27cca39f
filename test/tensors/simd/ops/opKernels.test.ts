import '@tensorflow/tfjs';
import { beforeAll, describe, expect, it } from 'vitest';
import { activateSimd } from '../../../../src/tensors/simd/registerSimd.ts';
import { startAllCores } from '../../../../src/tensors/simd/startAllCores.ts';
import * as tf from '../../../../src/tensors/tf.ts';
import { cpuEngine } from '../../../support/cpuBackend.ts';
import { finiteDifferences } from '../../../support/finiteDifferences.ts';
import { withKernels } from '../../../support/kernelPools.ts';
import { randomVector } from '../../../support/randomVector.ts';
import { type OpCase, opCases } from './opCases.ts';

type Values = Float32Array | Int32Array | Uint8Array;
interface Result {
  readonly shape: readonly number[];
  readonly dtype: string;
  readonly values: Values;
}

/** Values of a case on the active backend, from inputs of its own. */
function evaluate({ inputs, run }: OpCase, given: readonly Values[]): Result[] {
  return tf.tidy(() => {
    const result = run(...inputs.map(({ shape, dtype }, k) => tf.tensor(given[k]!, shape, dtype)));
    return (Array.isArray(result) ? result : [result]).map((tensor) => ({
      shape: tensor.shape,
      dtype: tensor.dtype,
      values: tensor.dataSync().slice() as Values,
    }));
  });
}

/** A matrix of three columns. */
const knownResult = (values: Float32Array): Result => ({
  shape: [values.length / 3, 3],
  dtype: 'float32',
  values,
});

/** Each element counts differently, so that no two can be mixed up. */
const weighted = (y: tf.Tensor) =>
  tf.sum(tf.mul(y, tf.tensor(randomVector(y.size, 6), y.shape))) as tf.Scalar;

let cases: OpCase[];
let inputs: Values[][];
let expected: Result[][];

beforeAll(async () => {
  await cpuEngine();
  cases = opCases();
  inputs = cases.map((given) => given.inputs.map((tensor) => tensor.dataSync().slice() as Values));
  expected = cases.map((given, index) =>
    given.expected ? [knownResult(given.expected)] : evaluate(given, inputs[index]!),
  );
  // All operations on plain JavaScript: long where others compute beside it.
}, 300_000);

const configurations = [
  { variant: 'relaxed', threads: 1 },
  { variant: 'relaxed', threads: 2 },
  { variant: 'relaxed', threads: 3 },
  { variant: 'relaxed', threads: 7 },
  { variant: 'base', threads: 2 },
  { variant: 'wide', threads: 2 },
] as const;
let firstBits: Result[][] | undefined;

describe.sequential('operations of simd', () => {
  it.each(configurations)(
    'as on cpu, the same bits on $threads threads of the $variant module',
    async (options) => {
      await withKernels(options, async (kernels) => {
        const back = await activateSimd(kernels, startAllCores);
        const before = { tensors: tf.memory().numTensors, bytes: kernels.memoryUse.usedBytes };
        const results = cases.map((given, index) => evaluate(given, inputs[index]!));
        expect({ tensors: tf.memory().numTensors, bytes: kernels.memoryUse.usedBytes }).toEqual(before);
        for (const [index, { name, rtol = 1e-5 }] of cases.entries())
          for (const [part, { shape, dtype, values }] of expected[index]!.entries()) {
            const result = results[index]![part]!;
            expect([name, result.shape, result.dtype]).toEqual([name, shape, dtype]);
            expect(result.values, name).toBeAllClose(values, { rtol, atol: rtol / 10 });
          }
        firstBits ??= results;
        for (const [index, { name }] of cases.entries())
          for (const [part, { values }] of results[index]!.entries()) {
            const bytes = (array: Values) => Buffer.from(array.buffer, array.byteOffset, array.byteLength);
            const same = bytes(values).equals(bytes(firstBits[index]![part]!.values));
            expect(same, name).toBe(true);
          }
        back.dispose();
        await tf.setBackend('cpu');
      });
    },
  );

  it('gradients as finite differences', async () => {
    const smooth = cases
      .map((given, index) => ({ ...given, values: inputs[index]! }))
      .filter((c) => c.gradient);
    const differences = smooth.map(({ inputs: given, values, run }) =>
      given.map((tensor, moved) =>
        finiteDifferences(
          (x) =>
            weighted(
              run(
                ...given.map(({ shape, dtype }, k) =>
                  k === moved ? x : tf.tensor(values[k]!, shape, dtype),
                ),
              ) as tf.Tensor,
            ),
          tensor,
        ),
      ),
    );
    await withKernels({ threads: 2 }, async (kernels) => {
      const back = await activateSimd(kernels, startAllCores);
      const before = { tensors: tf.memory().numTensors, bytes: kernels.memoryUse.usedBytes };
      for (const [index, { name, inputs: given, values, run }] of smooth.entries())
        tf.tidy(() => {
          const tensors = given.map(({ shape, dtype }, k) => tf.tensor(values[k]!, shape, dtype));
          const gradients = tf.grads((...x: tf.Tensor[]) => weighted(run(...x) as tf.Tensor))(tensors);
          for (const [k, gradient] of gradients.entries())
            expect(gradient.dataSync(), `${name}, input ${k}`).toBeAllClose(differences[index]![k]!, {
              rtol: 2e-2,
              atol: 5e-3,
            });
        });
      expect({ tensors: tf.memory().numTensors, bytes: kernels.memoryUse.usedBytes }).toEqual(before);
      back.dispose();
      await tf.setBackend('cpu');
    });
  });

  it('adds ten million tenths without losing any', async () => {
    await withKernels({ threads: 2 }, async (kernels) => {
      const back = await activateSimd(kernels, startAllCores);
      const count = 10_000_000;
      const sum = tf.tidy(() => tf.sum(tf.fill([count], 0.1)).dataSync()[0]!);
      const mean = tf.tidy(() => tf.mean(tf.fill([count], 0.1)).dataSync()[0]!);
      expect(Math.abs(sum / (count * Math.fround(0.1)) - 1)).toBeLessThan(1e-7);
      expect(mean).toBe(Math.fround(0.1));
      back.dispose();
      await tf.setBackend('cpu');
    });
  });
});
