/** The operations whose values and gradients engines must agree on, with inputs that every engine gets alike. */
import { hashGridEntries, hashGridLevels } from '../../src/fields/hashGridLevels.ts';
import { truncExp } from '../../src/fields/truncExp.ts';
import { compositeSamples, rayRows } from '../../src/models/instantNgp/tensors/compositeSamples.ts';
import { compositeRays } from '../../src/tensors/ops/compositeRays.ts';
import { fusedMlp } from '../../src/tensors/ops/fusedMlp.ts';
import { hashGridEncode } from '../../src/tensors/ops/hashGridEncode.ts';
import { resamplePdf } from '../../src/tensors/ops/resamplePdf.ts';
import { sphericalHarmonics } from '../../src/tensors/ops/sphericalHarmonics.ts';
import * as tf from '../../src/tensors/tf.ts';
import { noise, type Op, type OpInput } from '../support/evaluateOp.ts';

export interface Operation {
  readonly name: string;
  readonly op: Op;
  readonly inputs: readonly OpInput[];
}

const of = (low: number, high: number, ...shape: number[]): OpInput => ({
  data: noise(
    shape.reduce((product, size) => product * size, 1),
    low,
    high,
    shape.length + shape[0]!,
  ),
  shape,
});
const integers = (values: readonly number[], ...shape: number[]): OpInput => ({
  data: values,
  shape,
  dtype: 'int32',
  constant: true,
});
const entry = (name: string, inputs: readonly OpInput[], op: Op): Operation => ({ name, inputs, op });
const unary = (name: string, op: (x: tf.Tensor) => tf.Tensor, low = -2, high = 2): Operation =>
  entry(name, [of(low, high, 67, 5)], (x) => [op(x!)]);
const binary = (name: string, op: (a: tf.Tensor, b: tf.Tensor) => tf.Tensor, low = -2): Operation =>
  entry(name, [of(low, 2, 33, 1, 5), of(low, 2, 7, 1)], (a, b) => [op(a!, b!)]);

const elementwise: readonly Operation[] = [
  unary('neg', tf.neg),
  unary('abs', tf.abs),
  unary('exp', tf.exp),
  unary('log', tf.log, 0.1),
  unary('sqrt', tf.sqrt, 0.1),
  unary('rsqrt', tf.rsqrt, 0.1),
  unary('square', tf.square),
  unary('reciprocal', tf.reciprocal, 0.2),
  unary('relu', tf.relu),
  unary('leakyRelu', (x) => tf.leakyRelu(x, 0.1)),
  unary('elu', tf.elu),
  unary('sigmoid', tf.sigmoid),
  unary('tanh', tf.tanh),
  unary('softplus', tf.softplus),
  unary('sin', tf.sin, -40, 40),
  unary('cos', tf.cos, -40, 40),
  unary('floor', tf.floor),
  unary('clipByValue', (x) => tf.clipByValue(x, -0.5, 1)),
  unary('truncExp', truncExp, -20, 20),
  binary('add', tf.add),
  binary('sub', tf.sub),
  binary('mul', tf.mul),
  binary('div', tf.div, 0.2),
  // The library's gradients of these do not know of broadcasting.
  unary('maximum', (x) => tf.maximum(x, tf.reverse(x, 0))),
  unary('squaredDifference', (x) => tf.squaredDifference(x, tf.reverse(x, 0))),
  unary('minimum', (x) => tf.minimum(x, tf.reverse(x, 0))),
  binary('pow', tf.pow, 0.2),
  binary('where', (a, b) => tf.where(tf.greater(a, b), tf.add(a, tf.zerosLike(b)), tf.mul(a, b))),
];

const shaping: readonly Operation[] = [
  unary('sum', (x) => tf.sum(x, 0)),
  unary('mean', (x) => tf.mean(x, 1)),
  unary('max', (x) => tf.max(x, 1)),
  unary('prod', (x) => tf.prod(x, 1)),
  unary('softmax', (x) => tf.softmax(x)),
  unary('cumsum', (x) => tf.cumsum(x, 0)),
  unary('cumsum, exclusive, from behind', (x) => tf.cumsum(x, 1, true, true)),
  unary('cumprod', (x) => tf.cumprod(x, 1)),
  unary('transpose', (x) => tf.transpose(x)),
  unary('concat', (x) => tf.concat([x, tf.mul(x, 2)], 1)),
  unary('slice', (x) => tf.slice(x, [3, 1], [20, 3])),
  unary('stridedSlice', (x) => tf.stridedSlice(x, [1, 4], [60, 0], [3, -2])),
  unary('pad', (x) =>
    tf.pad(x, [
      [1, 2],
      [0, 3],
    ]),
  ),
  unary('reverse', (x) => tf.reverse(x, 1)),
  unary('tile', (x) => tf.tile(x, [2, 3])),
  entry('matMul', [of(-1, 1, 37, 21), of(-1, 1, 21, 13)], (a, b) => [tf.matMul(a!, b!)]),
  entry('matMul, both transposed', [of(-1, 1, 21, 37), of(-1, 1, 13, 21)], (a, b) => [
    tf.matMul(a!, b!, true, true),
  ]),
  entry('gather', [of(-1, 1, 9, 4), integers([8, 0, 3, 3, 3, 1], 2, 3)], (x, rows) => [
    tf.gather(x!, rows as tf.Tensor2D),
  ]),
  entry('gatherND', [of(-1, 1, 9, 4), integers([8, 0, 3, 3], 2, 2)], (x, at) => [tf.gatherND(x!, at!)]),
  entry('scatterND', [integers([2, 0, 2], 3, 1), of(-1, 1, 3, 4)], (at, x) => [
    tf.scatterND(at!, x!, [5, 4]),
  ]),
  entry('tensorScatterUpdate', [of(-1, 1, 9, 4), integers([2, 0, 7], 3, 1), of(-1, 1, 3, 4)], (x, at, y) => [
    // Of a copy: the plain backend writes into what it is given.
    tf.tensorScatterUpdate(tf.mul(x!, 1), at!, y!),
  ]),
  entry('unsortedSegmentSum', [of(-1, 1, 6, 4), integers([2, 0, 2, 1, 2, 0], 6)], (x, ids) => [
    tf.unsortedSegmentSum(x!, ids as tf.Tensor1D, 4),
  ]),
];

const levels = hashGridLevels({
  levels: 5,
  featuresPerLevel: 2,
  log2TableSize: 10,
  baseResolution: 4,
  maxResolution: 90,
});
/** Of 9 samples; ray 1 and 4 have none. */
const rayOf = [0, 0, 0, 2, 2, 3, 3, 3, 3];
const unit = (x: tf.Tensor) => tf.div(x, tf.norm(x, 2, 1, true)) as tf.Tensor2D;

const fields: readonly Operation[] = [
  entry('hashGridEncode', [of(0, 1, 300, 3), of(-1, 1, hashGridEntries(levels), 2)], (at, table) => [
    hashGridEncode(at as tf.Tensor2D, table as tf.Tensor2D, levels),
  ]),
  entry('sphericalHarmonics', [of(-1, 1, 40, 3)], (x) => [sphericalHarmonics(unit(x!), 4)]),
  entry('fusedMlp', [of(-1, 1, 70, 12), of(-1, 1, 12, 16), of(-1, 1, 16, 3)], (x, ...weights) => [
    fusedMlp(x as tf.Tensor2D, weights as tf.Tensor2D[], { outputActivation: 'sigmoid' }),
  ]),
  entry(
    'compositeRays',
    [
      of(0, 5, 9),
      of(0, 1, 9, 3),
      { ...of(0.1, 0.3, 9), constant: true },
      { ...of(1, 2, 9), constant: true },
      integers([0, 3, 3, 5, 9], 5),
    ],
    (densities, colors, deltas, distances, rayOffsets) => {
      const { color, depth } = compositeRays({
        densities: densities as tf.Tensor1D,
        colors: colors!,
        deltas: deltas as tf.Tensor1D,
        distances: distances as tf.Tensor1D,
        rayOffsets: rayOffsets as tf.Tensor1D,
      });
      return [color, depth];
    },
  ),
  entry('compositeSamples', [of(0, 1, 9), of(0, 1, 9, 3)], (depths, values) => [
    compositeSamples(depths as tf.Tensor1D, values as tf.Tensor2D, rayRows(Int32Array.from(rayOf), 5)),
  ]),
  entry(
    'resamplePdf',
    [
      { ...of(0.1, 1, 6, 8), constant: true },
      { data: Array.from({ length: 54 }, (_, k) => (k % 9) / 8), shape: [6, 9], constant: true },
    ],
    (weights, bins) => [
      resamplePdf(weights as tf.Tensor2D, bins as tf.Tensor2D, { numSamples: 12, histogramPadding: 0.01 }),
    ],
  ),
];

/** What the package computes with: the tensor library's operations that models use, and its own. */
export const operations: readonly Operation[] = [...elementwise, ...shaping, ...fields];
