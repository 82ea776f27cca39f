import { beforeAll, describe, expect, it } from 'vitest';
import { registerGradients } from '../../../src/tensors/gradients/registerGradients.ts';
import * as tf from '../../../src/tensors/tf.ts';
import { cpuEngine } from '../../support/cpuBackend.ts';
import { finiteDifferences } from '../../support/finiteDifferences.ts';
import { randomVector } from '../../support/randomVector.ts';

beforeAll(async () => {
  await cpuEngine();
  registerGradients();
  registerGradients();
});

interface Case {
  readonly name: string;
  readonly shape: readonly number[];
  readonly operation: (x: tf.Tensor) => tf.Tensor;
  readonly values?: readonly number[];
}

const ids = (values: number[]) => tf.tensor1d(values, 'int32');
const points = (values: number[][]) => tf.tensor2d(values, undefined, 'int32');

const cumulative: Case[] = [0, 1, 2].flatMap((axis) =>
  [false, true].flatMap((exclusive) =>
    [false, true].flatMap((reverse) =>
      ([tf.cumsum, tf.cumprod] as const).map((operation) => ({
        name: `${operation.name} axis ${axis}${exclusive ? ' exclusive' : ''}${reverse ? ' reverse' : ''}`,
        shape: [2, 4, 3],
        operation: (x: tf.Tensor) => operation(x, axis, exclusive, reverse),
      })),
    ),
  ),
);
const zeros = [
  [0.5, 0, 2, 3],
  [0.5, 0, 2, 0],
  [0, 0, 0, 0],
  [1, 2, 3, 0],
  [0, 1, 2, 3],
].flatMap((values) =>
  [false, true].map((exclusive) => ({
    name: `cumprod of ${values}${exclusive ? ' exclusive' : ''}`,
    shape: [4],
    values,
    operation: (x: tf.Tensor) => tf.cumprod(x, 0, exclusive),
  })),
);
const slices = [
  { begin: [1], end: [9], strides: [3] },
  { begin: [8], end: [0], strides: [-3] },
  { begin: [-1], end: [-10], strides: [-1] },
  { begin: [0], end: [9], strides: [2] },
  { begin: [4], end: [5], strides: [1] },
  { begin: [5], end: [5], strides: [1] },
];

const cases: Case[] = [
  ...cumulative,
  ...zeros,
  ...slices.map(({ begin, end, strides }) => ({
    name: `stridedSlice ${begin}:${end}:${strides}`,
    shape: [9, 2],
    operation: (x: tf.Tensor) => tf.stridedSlice(x, begin, end, strides),
  })),
  {
    name: 'stridedSlice with a new axis, an ellipsis and a dropped axis',
    shape: [4, 3, 5],
    operation: (x) => tf.stridedSlice(x, [0, 1, 0, 2], [0, 4, 0, 3], [1, 1, 1, 1], 0, 0, 0b100, 0b1, 0b1000),
  },
  {
    name: 'gatherND of elements, some twice',
    shape: [3, 4],
    operation: (x) =>
      tf.gatherND(
        x,
        points([
          [0, 1],
          [2, 3],
          [0, 1],
        ]),
      ),
  },
  { name: 'gatherND of rows', shape: [3, 4], operation: (x) => tf.gatherND(x, points([[2], [0], [2]])) },
  {
    name: 'scatterND, some to the same place',
    shape: [3, 2],
    operation: (x) => tf.scatterND(points([[4], [1], [4]]), x, [5, 2] as unknown as [number]),
  },
  {
    name: 'tensorScatterUpdate, what is overwritten',
    shape: [5, 2],
    operation: (x) => tf.tensorScatterUpdate(x, points([[3], [0]]), tf.ones([2, 2])),
  },
  {
    name: 'tensorScatterUpdate, what is written',
    shape: [2, 2],
    operation: (x) => tf.tensorScatterUpdate(tf.ones([5, 2]), points([[3], [0]]), x),
  },
  { name: 'gather', shape: [5, 3], operation: (x) => tf.gather(x, ids([4, 0, 4, 2])) },
  { name: 'gather of columns', shape: [2, 5, 3], operation: (x) => tf.gather(x, ids([4, 0, 4, 2]), 1) },
  {
    name: 'gather along the last axis',
    shape: [2, 5],
    operation: (x) =>
      tf.gather(
        x,
        points([
          [4, 0],
          [4, 2],
        ]),
        -1,
      ),
  },
  { name: 'gather of nothing', shape: [2, 5], operation: (x) => tf.gather(x, ids([])) },
  {
    name: 'gather in batches',
    shape: [2, 5, 3],
    operation: (x) =>
      tf.gather(
        x,
        points([
          [4, 0],
          [1, 1],
        ]),
        1,
        1,
      ),
  },
  {
    name: 'unsortedSegmentSum, some of no segment',
    shape: [4, 2],
    operation: (x) => tf.unsortedSegmentSum(x, ids([2, 0, -1, 2]), 4),
  },
  {
    name: 'where on comparisons',
    shape: [2, 4],
    values: [-6, -2, -0.71, -0.6, -0.4, 0.1, 0.5, 0.7],
    operation: (x) =>
      tf.where(
        tf.logicalAnd(tf.greater(x, -0.5), tf.logicalNot(tf.greaterEqual(x, 0.6))),
        tf.square(x),
        tf.where(tf.logicalOr(tf.less(x, -5), tf.lessEqual(x, -0.7)), tf.mul(x, 3), tf.sin(x)),
      ),
  },
  {
    name: 'where on equality, broadcast',
    shape: [3, 1],
    operation: (x) =>
      tf.where(tf.notEqual(x, 3), tf.mul(x, tf.ones([3, 4])), tf.where(tf.equal(x, 2), x, tf.zerosLike(x))),
  },
];

describe('registerGradients', () => {
  it.each(cases)('$name: as finite differences', ({ shape, operation, values }) => {
    const before = tf.memory().numTensors;
    const size = shape.reduce((product, length) => product * length, 1);
    const x = tf.tensor(values ? [...values] : randomVector(size, 5), [...shape], 'float32');
    /** Each element of the result counts differently, so that no two of them can be mixed up. */
    const weighted = (input: tf.Tensor) => {
      const y = operation(input);
      return tf.sum(tf.mul(y, tf.tensor(randomVector(y.size, 6), y.shape))) as tf.Scalar;
    };
    const gradient = tf.tidy(() => tf.grad(weighted)(x));
    const expected = finiteDifferences(weighted, x);
    expect(gradient.dataSync()).toBeAllClose(expected, { rtol: 1e-2, atol: 2e-3 });
    tf.dispose([x, gradient]);
    expect(tf.memory().numTensors).toBe(before);
  });

  it('gives an empty tensor an empty gradient, whatever is summed', () => {
    for (const reduce of [tf.sum, tf.mean]) {
      const gradient = tf.grad((x) => tf.sum(reduce(x, 0)))(tf.zeros([0, 3]));
      expect(gradient.shape).toEqual([0, 3]);
    }
  });

  it('a gather gradient touches no more than the rows that were read', () => {
    const [rows, width] = [200_000, 4];
    const table = tf.zeros([rows, width]);
    const loss = (x: tf.Tensor) => tf.sum(tf.gather(x, ids([7, 199_999, 7]))) as tf.Scalar;
    const start = performance.now();
    const gradient = tf.tidy(() => tf.grad(loss)(table)).dataSync<'float32'>();
    expect(performance.now() - start).toBeLessThan(2_000);
    expect(gradient[7 * width]).toBe(2);
    expect(gradient[199_999 * width]).toBe(1);
    expect(gradient.reduce((sum, value) => sum + value, 0)).toBe(3 * width);
    tf.dispose(table);
  });
});
