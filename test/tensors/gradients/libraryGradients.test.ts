/** The gradients that tfjs's core lacks in Node.js, where only `@tensorflow/tfjs` would bring them. */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { beforeAll, describe, expect, it } from 'vitest';
import * as tf from '../../../src/tensors/tf.ts';
import { cpuEngine } from '../../support/cpuBackend.ts';
import { finiteDifferences } from '../../support/finiteDifferences.ts';
import { randomVector } from '../../support/randomVector.ts';
import { gradientCases } from './gradientCases.ts';

beforeAll(async () => {
  await cpuEngine();
});

/** What has to do with images: whoever needs their gradients loads `@tensorflow/tfjs`. */
const ofImages = [
  ...[
    'AvgPool',
    'AvgPool3D',
    'BatchToSpaceND',
    'Conv2D',
    'Conv2DBackpropInput',
    'Conv3D',
    'DepthwiseConv2dNative',
  ],
  ...[
    'Dilation2D',
    'FusedBatchNorm',
    'LRN',
    'MaxPool',
    'MaxPool3D',
    'ResizeBilinear',
    'ResizeNearestNeighbor',
    'SpaceToBatchND',
  ],
];

describe('gradients that tfjs has', () => {
  it('are all registered when an engine starts, but those of images', () => {
    const list = createRequire(import.meta.url).resolve(
      '@tensorflow/tfjs-core/dist/register_all_gradients.js',
    );
    const names = [...readFileSync(list, 'utf8').matchAll(/gradients\/(\w+)_grad'/g)].map(
      ([, name]) => name!,
    );
    expect(names.length).toBeGreaterThan(90);
    const missing = names.filter(
      (name) => tf.getGradient(name) === undefined || tf.getGradient(name) === null,
    );
    expect(missing.toSorted()).toEqual(ofImages);
  });

  it.each(gradientCases)('$name: as finite differences', ({ shape, operation, from = 0 }) => {
    const before = tf.memory().numTensors;
    const size = tf.util.sizeFromShape([...shape]);
    const x = tf.tensor(
      randomVector(size, 5).map((value) => from + value),
      [...shape],
      'float32',
    );
    /** Each element of each result counts differently, so that no two of them can be mixed up. */
    const weighted = (input: tf.Tensor) =>
      tf.addN(
        [operation(input)]
          .flat()
          .map((y, seed) => tf.sum(tf.mul(y, tf.tensor(randomVector(y.size, 6 + seed), y.shape)))),
      ) as tf.Scalar;
    const gradient = tf.tidy(() => tf.grad(weighted)(x));
    const expected = tf.tidy(() => finiteDifferences(weighted, x));
    expect(gradient.dataSync()).toBeAllClose(expected, { rtol: 1e-2, atol: 3e-3 });
    tf.dispose([x, gradient]);
    expect(tf.memory().numTensors).toBe(before);
  });
});
