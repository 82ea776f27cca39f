/** Calls of every operation that `simd` computes itself: odd sizes, broadcasting, nothing, one element, NaN and infinities. */
import * as tf from '../../../../src/tensors/tf.ts';
import { randomVector } from '../../../support/randomVector.ts';

export interface OpCase {
  readonly name: string;
  readonly inputs: readonly tf.Tensor[];
  readonly run: (...inputs: tf.Tensor[]) => tf.Tensor | tf.Tensor[];
  /** Relative tolerance against the cpu backend; its float32 sums, one after the other, are less exact than ours. */
  readonly rtol?: number;
  /** What comes out, in plain numbers, where the cpu backend would take seconds. */
  readonly expected?: Float32Array;
  /** Compare the gradient of the inputs with finite differences (smooth at these inputs). */
  readonly gradient?: boolean;
}

type Unary = (x: tf.Tensor) => tf.Tensor;
type Binary = (a: tf.Tensor, b: tf.Tensor) => tf.Tensor;

const special = [
  Number.NaN,
  Infinity,
  -Infinity,
  0,
  -0,
  1,
  -1,
  0.5,
  -0.5,
  1.5,
  2.5,
  -2.5,
  1e-40,
  -1e-40,
  1e-8,
  -1e-8,
  3e38,
  -3e38,
  88.7,
  89,
  -87.5,
  -103.9,
  -104.1,
  13.9,
  14.1,
  -13.9,
  -14.1,
  6,
  7,
  3216.99,
  -3217.5,
  1e5,
  999_999,
  1_234_567,
  1e12,
  -1e20,
  0.99999994,
  1.0000001,
  16_777_217,
];
const random = (shape: number[], seed = 1, scale = 2) =>
  tf.tensor(
    randomVector(tf.util.sizeFromShape(shape), seed).map((value) => value * scale),
    shape,
    'float32',
  );
/** Away from 0 and from each other's kinks. */
const positive = (shape: number[], seed = 2) =>
  tf.tensor(
    randomVector(tf.util.sizeFromShape(shape), seed).map((value) => 1.5 + value),
    shape,
    'float32',
  );
const specials = () => tf.tensor1d(special, 'float32');
const large = 50_001;
const ids = (values: number[]) => tf.tensor1d(values, 'int32');

function unaryCases(): OpCase[] {
  const functions: Record<string, Unary> = {
    neg: tf.neg,
    abs: tf.abs,
    square: tf.square,
    sqrt: tf.sqrt,
    rsqrt: tf.rsqrt,
    reciprocal: tf.reciprocal,
    floor: tf.floor,
    ceil: tf.ceil,
    round: tf.round,
    sign: tf.sign,
    relu: tf.relu,
    relu6: tf.relu6,
    leakyRelu: (x) => tf.leakyRelu(x, 0.2),
    step: (x) => tf.step(x, 0.25),
    clip: (x) => tf.clipByValue(x, -0.75, 2),
    sin: tf.sin,
    cos: tf.cos,
    exp: tf.exp,
    expm1: tf.expm1,
    log: tf.log,
    log1p: tf.log1p,
    tanh: tf.tanh,
    sigmoid: tf.sigmoid,
    softplus: tf.softplus,
    elu: tf.elu,
    toInt: (x) => tf.cast(x, 'int32'),
    intToFloat: (x) => tf.cast(tf.cast(x, 'int32'), 'float32'),
    zerosLike: tf.zerosLike,
    onesLike: tf.onesLike,
  };
  const notSmooth = [
    'floor',
    'ceil',
    'round',
    'sign',
    'step',
    'toInt',
    'intToFloat',
    'zerosLike',
    'onesLike',
  ];
  return Object.entries(functions).flatMap(([name, run]): OpCase[] => [
    { name: `${name} of special values`, inputs: [specials()], run, rtol: 1e-6 },
    { name: `${name} of many`, inputs: [random([large], 3, 4)], run, rtol: 1e-6 },
    { name: `${name} of one`, inputs: [tf.scalar(0.7)], run },
    { name: `${name} of none`, inputs: [tf.zeros([0, 3])], run },
    ...(notSmooth.includes(name) ? [] : [{ name, inputs: [positive([3, 5])], run, gradient: true }]),
  ]);
}

function binaryCases(): OpCase[] {
  const functions: Record<string, Binary> = {
    add: tf.add,
    sub: tf.sub,
    mul: tf.mul,
    div: tf.div,
    maximum: tf.maximum,
    minimum: tf.minimum,
    pow: tf.pow,
    squaredDifference: tf.squaredDifference,
    prelu: (a, b) => tf.prelu(a, b),
  };
  const comparisons: Record<string, Binary> = {
    equal: tf.equal,
    notEqual: tf.notEqual,
    greater: tf.greater,
    greaterEqual: tf.greaterEqual,
    less: tf.less,
    lessEqual: tf.lessEqual,
  };
  const shapes: [number[], number[]][] = [
    [[7], [7]],
    [[5, 3], [3]],
    [
      [5, 1],
      [1, 7],
    ],
    [
      [2, 3, 5],
      [2, 1, 5],
    ],
    [
      [4, 1, 6, 1],
      [1, 3, 1, 5],
    ],
    [
      [3, 1, 2, 1, 2],
      [2, 1, 3, 1],
    ],
    [[], [9]],
    [[9], []],
    [[1], [1]],
    [[0, 4], [4]],
    [[201, 250], [250]],
    [[large], [1]],
    [
      [17_000, 3],
      [17_000, 1],
    ],
  ];
  const few = tf.tensor1d([Number.NaN, Infinity, -Infinity, 0, -0, 1, -1, 2, 0.5, 3e38]);
  return Object.entries({ ...functions, ...comparisons }).flatMap(([name, run]): OpCase[] => [
    ...shapes.map(([a, b]) => ({
      name: `${name} ${a} with ${b}`,
      inputs: [positive(a), positive(b, 4)],
      run,
    })),
    { name: `${name} of special values`, inputs: [tf.reshape(few, [10, 1]), few], run },
    ...(name in functions
      ? [{ name, inputs: [positive([4, 3]), positive([3], 9)], run, gradient: true }]
      : [{ name: `${name} of int32`, inputs: [ids([1, -2, 3, 4, 5]), ids([1, 2, 3, -4, 6])], run }]),
    ...(['add', 'sub', 'maximum', 'minimum'].includes(name)
      ? [{ name: `${name} of int32`, inputs: [ids([1, -2, 2 ** 31 - 1, 4, 5]), ids([3])], run }]
      : []),
  ]);
}

function reductionCases(): OpCase[] {
  const functions: Record<string, (x: tf.Tensor, axes?: number[], keepDims?: boolean) => tf.Tensor> = {
    sum: tf.sum,
    mean: tf.mean,
    max: tf.max,
    min: tf.min,
    prod: tf.prod,
  };
  const axes = [[0], [1], [2], [0, 1], [1, 2], [0, 2], [0, 1, 2]];
  return Object.entries(functions).flatMap(([name, run]): OpCase[] => [
    ...axes.map((over) => ({
      name: `${name} over ${over}`,
      inputs: [positive([3, 5, 19], 7)],
      run: (x: tf.Tensor) => run(x, over, over.length === 1),
    })),
    ...axes.map((over) => ({
      name: `${name} over ${over} of little`,
      inputs: [positive([2, 3, 2], 7)],
      run: (x: tf.Tensor) => run(x, over, over.length === 1),
      gradient: true,
    })),
    { name: `${name} of long rows`, inputs: [random([2, 70_001], 5)], run: (x) => run(x, [1]), rtol: 1e-4 },
    {
      name: `${name} of long columns`,
      inputs: [random([3_000, 37], 6)],
      run: (x) => run(x, [0]),
      rtol: 1e-4,
    },
    { name: `${name} in the middle`, inputs: [random([3, 900, 41], 6)], run: (x) => run(x, [1]), rtol: 1e-4 },
    {
      name: `${name} with NaN`,
      inputs: [
        tf.tensor2d([
          [1, Number.NaN, 3],
          [Infinity, 2, -Infinity],
          [-1, -2, -3],
        ]),
      ],
      run: (x) => run(x, [1]),
    },
    { name: `${name} of nothing`, inputs: [tf.zeros([3, 0])], run: (x) => run(x, [1]) },
    { name: `${name} of one`, inputs: [tf.scalar(3)], run: (x) => run(x) },
  ]);
}

function scanCases(): OpCase[] {
  const flags = [
    [false, false],
    [true, false],
    [false, true],
    [true, true],
  ] as const;
  return [
    ...flags.flatMap(([exclusive, reverse]) =>
      [0, 1, 2].flatMap((axis): OpCase[] => [
        {
          name: `cumsum ${axis} ${exclusive} ${reverse}`,
          inputs: [positive([3, 7, 4])],
          run: (x) => tf.cumsum(x, axis, exclusive, reverse),
          gradient: true,
        },
        {
          name: `cumprod ${axis} ${exclusive} ${reverse}`,
          inputs: [positive([2, 4, 3])],
          run: (x) => tf.cumprod(x, axis, exclusive, reverse),
          gradient: true,
        },
      ]),
    ),
    { name: 'cumsum of many', inputs: [positive([1024, 65])], run: (x) => tf.cumsum(x, 1) },
    { name: 'softmax', inputs: [random([3, 7])], run: (x) => tf.softmax(x), gradient: true },
    { name: 'softmax of many', inputs: [random([3_000, 11], 8, 30)], run: (x) => tf.softmax(x) },
    {
      name: 'softmax with NaN and infinities',
      inputs: [
        tf.tensor2d([
          [1, Number.NaN, 3],
          [-Infinity, 2, 1],
          [Infinity, 2, 1],
        ]),
      ],
      run: (x) => tf.softmax(x),
    },
  ];
}

function movementCases(): OpCase[] {
  const x = () => random([4, 5, 3], 11);
  const orders = [
    [0, 2, 1],
    [1, 0, 2],
    [2, 1, 0],
    [1, 2, 0],
    [2, 0, 1],
  ];
  return [
    ...orders.map((order) => ({
      name: `transpose ${order}`,
      inputs: [x()],
      run: (t: tf.Tensor) => tf.transpose(t, order),
      gradient: true,
    })),
    { name: 'transpose of a large matrix', inputs: [random([1031, 67])], run: (t) => tf.transpose(t) },
    { name: 'transpose of matrices', inputs: [random([3, 130, 33])], run: (t) => tf.transpose(t, [0, 2, 1]) },
    {
      name: 'transpose of many small matrices',
      inputs: [random([70_000, 2, 2])],
      run: (t) => tf.transpose(t, [0, 2, 1]),
    },
    {
      name: 'transpose of five axes',
      inputs: [random([2, 3, 4, 5, 3])],
      run: (t) => tf.transpose(t, [4, 1, 3, 0, 2]),
    },
    { name: 'transpose of nothing', inputs: [tf.zeros([0, 3])], run: (t) => tf.transpose(t) },
    {
      name: 'transpose of int32',
      inputs: [tf.tensor2d([1, 2, 3, 4, 5, 6], [2, 3], 'int32')],
      run: (t) => tf.transpose(t),
    },
    { name: 'slice', inputs: [x()], run: (t) => tf.slice(t, [1, 2, 1], [2, -1, 2]), gradient: true },
    { name: 'slice to nothing', inputs: [x()], run: (t) => tf.slice(t, [1, 2, 1], [2, 0, 2]) },
    {
      name: 'stridedSlice',
      inputs: [x()],
      run: (t) => tf.stridedSlice(t, [3, 0, 2], [0, 5, 0], [-2, 2, -1]),
      gradient: true,
    },
    { name: 'reverse', inputs: [x()], run: (t) => tf.reverse(t, [0, 2]), gradient: true },
    { name: 'split', inputs: [x()], run: (t) => tf.split(t, [1, 3, 1], 1) },
    { name: 'unstack', inputs: [x()], run: (t) => tf.unstack(t, 1) },
    {
      name: 'concat',
      inputs: [random([3, 2, 4]), random([3, 5, 4], 2), random([3, 1, 4], 3)],
      run: (...t) => tf.concat(t, 1),
      gradient: true,
    },
    {
      name: 'concat with nothing',
      inputs: [random([3, 0]), random([3, 5], 2), random([3, 1], 3)],
      run: (...t) => tf.concat(t, 1),
    },
    {
      name: 'concat of many rows',
      inputs: [random([9_001, 3]), random([9_001, 5], 2)],
      run: (...t) => tf.concat(t, -1),
    },
    {
      name: 'stack',
      inputs: [random([3, 2]), random([3, 2], 2)],
      run: (...t) => tf.stack(t, 1),
      gradient: true,
    },
    {
      name: 'pad',
      inputs: [random([2, 3])],
      run: (t) =>
        tf.pad(
          t,
          [
            [1, 0],
            [2, 3],
          ],
          0.5,
        ),
      gradient: true,
    },
    { name: 'tile', inputs: [random([2, 1, 3])], run: (t) => tf.tile(t, [2, 3, 2]), gradient: true },
    {
      name: 'broadcastTo',
      inputs: [random([2, 1, 3])],
      run: (t) => tf.broadcastTo(t, [4, 2, 5, 3]),
      gradient: true,
    },
    {
      name: 'addN',
      inputs: [random([5]), random([5], 2), random([5], 3)],
      run: (...t) => tf.addN(t),
      gradient: true,
    },
    { name: 'fill', inputs: [], run: () => tf.fill([3, 5], -0.25) },
    { name: 'fill with int32', inputs: [], run: () => tf.fill([7], -3, 'int32') },
    { name: 'fill nothing', inputs: [], run: () => tf.fill([0, 7], 1) },
  ];
}

function rowCases(): OpCase[] {
  const pairs = () => tf.tensor2d([2, 1, 0, 0, 2, 1], [3, 2], 'int32');
  const many = Array.from({ length: 20_000 }, (_, index) => (index * 7919) % 501);
  const rows = random([20_000, 3]);
  return [
    { name: 'gather', inputs: [random([5, 3])], run: (t) => tf.gather(t, ids([4, 0, 4, 2])), gradient: true },
    {
      name: 'gather columns',
      inputs: [random([2, 5, 3])],
      run: (t) => tf.gather(t, ids([4, 0, 4]), 1),
      gradient: true,
    },
    {
      name: 'gather in batches',
      inputs: [random([2, 5, 3])],
      run: (t) =>
        tf.gather(
          t,
          tf.tensor2d(
            [
              [4, 0],
              [1, 1],
            ],
            undefined,
            'int32',
          ),
          1,
          1,
        ),
      gradient: true,
    },
    { name: 'gather many', inputs: [random([501, 4])], run: (t) => tf.gather(t, ids(many)) },
    {
      name: 'scatterND',
      inputs: [random([3])],
      run: (t) => tf.scatterND(pairs(), t, [3, 2] as unknown as [number]),
      gradient: true,
    },
    { name: 'gatherND', inputs: [random([3, 2])], run: (t) => tf.gatherND(t, pairs()), gradient: true },
    {
      name: 'unsortedSegmentSum',
      inputs: [random([5, 3])],
      run: (t) => tf.unsortedSegmentSum(t, ids([2, 0, -1, 2, 7]), 4),
      gradient: true,
    },
    {
      name: 'unsortedSegmentSum of many',
      inputs: [rows],
      run: (t) => tf.unsortedSegmentSum(t, ids(many), 501),
      // The backend looks at all rows once for each segment.
      expected: segmentSums(rows.dataSync<'float32'>(), many, 501),
      rtol: 1e-4,
    },
    {
      name: 'where',
      inputs: [random([5, 7]), random([5, 7], 2)],
      run: (a, b) => tf.where(tf.greater(a, 0.1), tf.mul(a, 2), b),
      gradient: true,
    },
    {
      name: 'where, broadcast',
      inputs: [random([5, 1]), random([7], 2)],
      run: (a, b) => tf.where(tf.greater(a, 0.1), a, b),
      gradient: true,
    },
    {
      name: 'where of special values',
      inputs: [specials()],
      run: (a) => tf.where(tf.less(a, 1), a, tf.scalar(Number.NaN)),
    },
    {
      name: 'logic',
      inputs: [random([1_003]), random([1_003], 2)],
      run: (a, b) =>
        [tf.greater(a, 0), tf.less(b, 0)].reduce((p, q) =>
          tf.logicalOr(tf.logicalAnd(p, q), tf.logicalNot(p)),
        ),
    },
    {
      name: 'truth as numbers',
      inputs: [specials()],
      run: (a) =>
        tf.add(tf.cast(tf.greater(a, 0), 'float32'), tf.cast(tf.cast(tf.less(a, 1), 'int32'), 'float32')),
    },
  ];
}

/** Sums of rows of 3 by the segment that each belongs to. */
function segmentSums(rows: Float32Array, segments: readonly number[], count: number): Float32Array {
  const sums = new Float64Array(3 * count);
  for (const [row, segment] of segments.entries())
    for (let column = 0; column < 3; column++) sums[3 * segment + column]! += rows[3 * row + column]!;
  return Float32Array.from(sums);
}

/** All of them. Their inputs belong to the backend that is active now. */
export function opCases(): OpCase[] {
  return [
    ...unaryCases(),
    ...binaryCases(),
    ...reductionCases(),
    ...scanCases(),
    ...movementCases(),
    ...rowCases(),
  ];
}
