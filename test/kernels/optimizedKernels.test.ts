/** The modules as the optimizing compiler makes them: it decides the results of all but the first moments of a run. */
import { spawnSync } from 'node:child_process';
import v8 from 'node:v8';
import { beforeAll, describe, expect, it } from 'vitest';
import { type KernelVariant, kernelVariants } from '../../src/kernels/kernelVariants.ts';
import { haveWideVectors } from '../../src/kernels/wideVectors.ts';
import { fusedMlp } from '../../src/tensors/ops/index.ts';
import { selectCpuBackend } from '../../src/tensors/selectCpuBackend.ts';
import * as tf from '../../src/tensors/tf.ts';
import { evaluateOp, noise, type Op, onSimd } from '../support/evaluateOp.ts';

const widths = [36, 64, 32, 16, 4];
const samples = 640;

const network: Op = (x, ...weights) => [
  fusedMlp(x as tf.Tensor2D, weights as tf.Tensor2D[], { activation: 'relu' }),
];
const inputs = [
  { data: noise(samples * widths[0]!, -1, 1), shape: [samples, widths[0]!] },
  ...widths.slice(1).map((outputs, layer) => ({
    data: noise(widths[layer]! * outputs, -0.4, 0.4, layer + 2),
    shape: [widths[layer]!, outputs],
  })),
];
/** Long enough for the code that comes first to be replaced. */
const evaluate = (variant: KernelVariant) =>
  onSimd({ variant }, () => {
    const began = performance.now();
    let calls = 0;
    for (; performance.now() - began < 500 || calls < 100; calls++) evaluateOp(network, inputs);
    return evaluateOp(network, inputs);
  });

describe('optimized kernels', () => {
  beforeAll(async () => {
    // Functions are optimized after a few calls instead of after many.
    v8.setFlagsFromString('--wasm-tiering-budget=1000');
    await selectCpuBackend();
  });

  it('vectors of 8 give the outputs and all gradients of vectors of 4, bit for bit, and both those of plain operations', async () => {
    // On the plain backend the operation is composed of the tensor library's own products.
    const reference = evaluateOp(network, inputs);
    const [relaxed, wide] = [await evaluate('relaxed'), await evaluate('wide')];
    expect(relaxed.values[0]).toBeAllClose(reference.values[0]!, { rtol: 1e-4, atol: 1e-4 });
    reference.gradients.forEach((expected, index) => {
      // Weight gradients are sums over 640 samples, in another order.
      expect(relaxed.gradients[index]).toBeAllClose(expected, { rtol: 1e-3, atol: 5e-3 });
    });
    expect(wide.values).toEqual(relaxed.values);
    expect(wide.gradients).toEqual(relaxed.gradients);
    for (const gradient of wide.gradients) expect(Math.hypot(...gradient)).toBeGreaterThan(0);
  });

  it('keeps NaN, infinities and signs of zero', async () => {
    const x = [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, -0, 0, 1e-45, -1e-45, 3e38];
    const run = (variant: KernelVariant) =>
      onSimd({ variant }, () =>
        tf.tidy(() =>
          fusedMlp(
            tf.tensor2d(
              x.flatMap((value) => [value, 1, 1, 1]),
              [8, 4],
            ),
            [tf.eye(4) as tf.Tensor2D, tf.eye(4) as tf.Tensor2D],
            { activation: 'relu' },
          )
            .dataSync()
            .slice(),
        ),
      );
    // Both layers multiply by the identity, with a ReLU between: x 1 + 1 0 + 1 0 + 1 0 and the like, in IEEE arithmetic.
    const relu = (value: number) => Math.max(value, 0);
    const timesIdentity = (row: readonly number[]) =>
      row.map((_, column) => row.reduce((sum, value, k) => sum + value * (k === column ? 1 : 0), 0));
    const expected = x.flatMap((value) => timesIdentity(timesIdentity([value, 1, 1, 1]).map(relu)));
    for (const variant of ['relaxed', 'wide'] as const)
      expect(Array.from(await run(variant))).toEqual(expected.map(Math.fround));
  });

  // Where vectors of 8 are switched on, that holds for the whole process: all modules must compile then.
  it.skipIf(!haveWideVectors()).each(kernelVariants)(
    'every function of the %s module compiles with vectors of 8',
    (variant) => {
      const flags = ['--experimental-wasm-revectorize', '--no-liftoff', '--no-wasm-lazy-compilation'];
      const file = `dist/src/kernels/kernels.${variant}.wasm`;
      const compile = `new WebAssembly.Module(require('node:fs').readFileSync(${JSON.stringify(file)}))`;
      const { status, stderr } = spawnSync(process.execPath, [...flags, '-e', compile], { encoding: 'utf8' });
      expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    },
  );
});
