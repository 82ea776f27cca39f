/** A call of every operation whose gradient is registered here and that the library has one for elsewhere, smooth at its input. */
import * as tf from '../../../src/tensors/tf.ts';
import { randomVector } from '../../support/randomVector.ts';

export interface GradientCase {
  readonly name: string;
  readonly shape: readonly number[];
  readonly operation: (x: tf.Tensor) => tf.Tensor | tf.Tensor[];
  /** Added to the input, which is random within -1 and 1. */
  readonly from?: number;
}

/** The same for every call: of random numbers, moved by `from`. */
const other = (shape: number[], from = 0) =>
  tf.tensor(
    randomVector(tf.util.sizeFromShape(shape), 9).map((value) => from + value),
    shape,
    'float32',
  );

const near = (from: number, functions: Record<string, (x: tf.Tensor) => tf.Tensor>): GradientCase[] =>
  Object.entries(functions).map(([name, operation]) => ({ name, shape: [2, 5], operation, from }));

const within = (operation: (x: tf.Tensor) => tf.Tensor) => (x: tf.Tensor) => operation(tf.mul(x, 0.9));

/** Both sides of the kinks are met: the random numbers are not near 0 nor near half. */
const unary: GradientCase[] = [
  ...near(0, {
    abs: tf.abs,
    acos: within(tf.acos),
    asin: within(tf.asin),
    asinh: tf.asinh,
    atan: tf.atan,
    atanh: within(tf.atanh),
    ceil: tf.ceil,
    'cast to float32': (x) => tf.cast(x, 'float32'),
    clipByValue: (x) => tf.clipByValue(x, -0.45, 0.55),
    clone: tf.clone,
    cos: tf.cos,
    cosh: tf.cosh,
    elu: tf.elu,
    erf: tf.erf,
    exp: tf.exp,
    expm1: tf.expm1,
    floor: tf.floor,
    leakyRelu: (x) => tf.leakyRelu(x, 0.3),
    logSigmoid: tf.logSigmoid,
    neg: tf.neg,
    onesLike: tf.onesLike,
    relu: tf.relu,
    round: tf.round,
    selu: tf.selu,
    sigmoid: tf.sigmoid,
    sign: tf.sign,
    sin: tf.sin,
    sinh: tf.sinh,
    softplus: tf.softplus,
    square: tf.square,
    step: (x) => tf.step(x, 0.2),
    tan: tf.tan,
    tanh: tf.tanh,
    zerosLike: tf.zerosLike,
  }),
  ...near(2.5, {
    acosh: tf.acosh,
    log: tf.log,
    log1p: tf.log1p,
    reciprocal: tf.reciprocal,
    rsqrt: tf.rsqrt,
    sqrt: tf.sqrt,
  }),
  ...near(5.5, { relu6: tf.relu6 }),
];

/** On a tensor of [3, 2, 4] and one of [2, 1]; each side in turn. */
const binary: GradientCase[] = Object.entries({
  add: tf.add,
  sub: tf.sub,
  mul: tf.mul,
  div: tf.div,
  mod: tf.mod,
  atan2: tf.atan2,
  maximum: tf.maximum,
  minimum: tf.minimum,
  squaredDifference: tf.squaredDifference,
  pow: tf.pow,
}).flatMap(([name, operation]): GradientCase[] => [
  { name: `${name}, first`, shape: [3, 2, 4], operation: (x) => operation(x, other([2, 1], 2.3)), from: 4 },
  { name: `${name}, second`, shape: [2, 1], operation: (x) => operation(other([3, 2, 4], 4), x), from: 2.3 },
  {
    name: `${name}, equal shapes`,
    shape: [3, 2],
    operation: (x) => operation(x, other([3, 2], 2.2)),
    from: 3,
  },
]);

const products: GradientCase[] = [false, true].flatMap((transposeA) =>
  [false, true].flatMap((transposeB): GradientCase[] => {
    const [a, b] = [transposeA ? [2, 4, 3] : [2, 3, 4], transposeB ? [2, 5, 4] : [2, 4, 5]];
    const name = `matMul${transposeA ? ' of a transposed' : ''}${transposeB ? ' by a transposed' : ''}`;
    return [
      { name: `${name}, first`, shape: a, operation: (x) => tf.matMul(x, other(b), transposeA, transposeB) },
      { name: `${name}, second`, shape: b, operation: (x) => tf.matMul(other(a), x, transposeA, transposeB) },
    ];
  }),
);

const reductions: GradientCase[] = Object.entries({
  sum: tf.sum,
  mean: tf.mean,
  max: tf.max,
  min: tf.min,
  prod: tf.prod,
}).flatMap(([name, reduce]) =>
  [undefined, 0, 1, -1, [0, 2], [1, 0]].flatMap((axis) =>
    [false, true].map((keepDims) => ({
      name: `${name} over ${axis ?? 'all'}${keepDims ? ', axes kept' : ''}`,
      shape: [2, 3, 2],
      operation: (x: tf.Tensor) => reduce(x, axis, keepDims),
      from: 0.2,
    })),
  ),
);

const moves: GradientCase[] = [
  { name: 'broadcastTo', shape: [2, 1, 3], operation: (x) => tf.broadcastTo(x, [4, 2, 5, 3]) },
  { name: 'broadcastTo the same', shape: [2, 3], operation: (x) => tf.broadcastTo(x, [2, 3]) },
  { name: 'concat', shape: [2, 3], operation: (x) => tf.concat([x, other([2, 2]), tf.square(x)], -1) },
  { name: 'expandDims', shape: [2, 3], operation: (x) => tf.expandDims(x, 1) },
  {
    name: 'mirrorPad',
    shape: [2, 3],
    operation: (x) =>
      tf.mirrorPad(
        tf.mul(x, 0),
        [
          [1, 0],
          [0, 2],
        ],
        'reflect',
      ),
  },
  {
    name: 'pad',
    shape: [2, 3],
    operation: (x) =>
      tf.pad(
        x,
        [
          [1, 0],
          [0, 2],
        ],
        7,
      ),
  },
  { name: 'reshape', shape: [2, 3], operation: (x) => tf.reshape(x, [3, 1, 2]) },
  { name: 'reverse', shape: [2, 3, 2], operation: (x) => tf.reverse(x, [0, -1]) },
  { name: 'slice', shape: [4, 3, 2], operation: (x) => tf.slice(x, [1, 0, 1], [2, -1, 1]) },
  { name: 'slice from a number', shape: [4, 3], operation: (x) => tf.slice(x, 1, 2) },
  { name: 'slice to the end', shape: [4, 3], operation: (x) => tf.slice(x, [2]) },
  { name: 'split', shape: [4, 3], operation: (x) => tf.split(x, [1, 2, 1]) },
  { name: 'stack', shape: [2, 3], operation: (x) => tf.stack([x, other([2, 3]), tf.square(x)], 1) },
  { name: 'tile', shape: [2, 1, 3], operation: (x) => tf.tile(x, [1, 3, 2]) },
  { name: 'tile of 5 axes', shape: [2, 1, 3, 1, 2], operation: (x) => tf.tile(x, [2, 1, 1, 3, 2]) },
  { name: 'transpose', shape: [2, 3, 4], operation: (x) => tf.transpose(x, [2, 0, 1]) },
  { name: 'unstack', shape: [2, 3, 2], operation: (x) => tf.unstack(x, 1) },
];

const chosen: GradientCase[] = [
  { name: 'addN', shape: [2, 3], operation: (x) => tf.addN([x, other([2, 3]), tf.square(x)]) },
  { name: 'argMax', shape: [2, 3], operation: (x) => tf.mul(tf.cast(tf.argMax(x, 1), 'float32'), tf.sum(x)) },
  { name: 'argMin', shape: [2, 3], operation: (x) => tf.mul(tf.cast(tf.argMin(x, 1), 'float32'), tf.sum(x)) },
  { name: 'logSoftmax', shape: [2, 5], operation: (x) => tf.logSoftmax(x) },
  { name: 'logSumExp', shape: [2, 5], operation: (x) => tf.logSumExp(x, 1) },
  { name: 'prelu', shape: [3, 4], operation: (x) => tf.prelu(x, other([4])) },
  { name: 'prelu, its slopes', shape: [4], operation: (x) => tf.prelu(other([3, 4]), x) },
  { name: 'softmax', shape: [2, 5], operation: (x) => tf.softmax(x) },
  {
    name: 'where',
    shape: [2, 3],
    operation: (x) => tf.where(tf.greater(other([2, 3]), 0), tf.square(x), tf.mul(x, 3)),
  },
  {
    name: 'where on isNaN and others',
    shape: [2, 3],
    operation: (x) =>
      tf.where(
        tf.logicalOr(tf.isNaN(x), tf.isFinite(x)),
        tf.where(tf.isInf(x), tf.mul(x, 2), tf.square(x)),
        x,
      ),
  },
];

/** Every one; several results are compared one after the other. */
export const gradientCases: readonly GradientCase[] = [
  ...unary,
  ...binary,
  ...products,
  ...reductions,
  ...moves,
  ...chosen,
];
