/** The package's entry `nerfstream/simd`, as somebody uses it who wants tfjs and nothing else. */
import { execFileSync } from 'node:child_process';
import path from 'node:path';
import { expect, it } from 'vitest';

const root = path.join(import.meta.dirname, '..');

/** Runs an ES module with the built package. */
function run(script: string): unknown {
  const output = execFileSync(process.execPath, ['--input-type=module', '-e', script], { cwd: root });
  return JSON.parse(output.toString().trim().split('\n').at(-1)!);
}

it('is a backend of tfjs after one import, with gradients, and ends with the process', () => {
  const result = run(`
    import * as tf from '@tensorflow/tfjs';
    import 'nerfstream/simd';
    const before = tf.engine().backendNames().includes('simd');
    const set = await tf.setBackend('simd');
    const gradient = tf.grad((x) => tf.sum(tf.matMul(x, x)))(tf.tensor2d([[1, 2], [3, 4]]));
    console.log(JSON.stringify({ before, set, name: tf.getBackend(), gradient: gradient.arraySync() }));
  `);
  // d sum(x x) / dx[i][j] = sum of row j + sum of column i
  const gradient = [
    [7, 11],
    [9, 13],
  ];
  expect(result).toEqual({ before: true, set: true, name: 'simd', gradient });
});

it('does not become the default, and works whichever import comes first', () => {
  const result = run(`
    import 'nerfstream/simd';
    import * as tf from '@tensorflow/tfjs';
    await tf.ready();
    const byDefault = tf.getBackend();
    await tf.setBackend('simd');
    const x = tf.tensor1d([1, 2, 3]);
    const gradient = tf.grad((y) => tf.sum(tf.cumprod(y)))(x).arraySync();
    console.log(JSON.stringify({ byDefault, gradient }));
  `);
  // sum of 1, 2, 6 as products: d/dx = [1 + x2 + x2 x3, x1 + x1 x3, x1 x2]
  expect(result).toEqual({ byDefault: 'cpu', gradient: [9, 4, 2] });
});
