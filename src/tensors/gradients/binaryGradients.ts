/** Gradients of operations on two or more tensors: element-wise ones, which sum over what was broadcast, choices, and products of matrices. */
import * as tf from '../tf.ts';

/** The upstream gradient, of the result's shape, and both inputs to the gradient of one input before it is summed to its shape. */
type Chain = (dy: tf.Tensor, a: tf.Tensor, b: tf.Tensor) => tf.Tensor;

/** Sums a gradient over the axes along which an input of `shape` was repeated. */
function sumTo(gradient: tf.Tensor, shape: number[]): tf.Tensor {
  const axes = tf.broadcast_util.getReductionAxes(shape, gradient.shape);
  return tf.reshape(axes.length > 0 ? tf.sum(gradient, axes) : gradient, shape);
}

/** @param names of the kernel's inputs */
function ofTwo(
  kernelName: string,
  da: Chain,
  db: Chain,
  names: [string, string] = ['a', 'b'],
): tf.GradConfig {
  return {
    kernelName,
    inputsToSave: names,
    gradFunc: (dy, saved) => {
      const [a, b] = saved as [tf.Tensor, tf.Tensor];
      const upstream = dy as tf.Tensor;
      return {
        [names[0]]: () => sumTo(da(upstream, a, b), a.shape),
        [names[1]]: () => sumTo(db(upstream, a, b), b.shape),
      };
    },
  };
}

const number = (mask: tf.Tensor) => tf.cast(mask, 'float32');
const same: Chain = (dy) => dy;
const perB: Chain = (dy, _a, b) => tf.div(dy, number(b));
/** -dy a / b^2, summed to the shape of b before it is divided. */
const perSquareOfB: Chain = (dy, a, b) => tf.neg(tf.div(sumTo(tf.mul(dy, a), b.shape), number(tf.square(b))));

/** The first of two equal inputs of maximum and minimum gets the gradient. */
const elementwise: readonly tf.GradConfig[] = [
  ofTwo(tf.Add, same, same),
  ofTwo(tf.Sub, same, (dy, _a, b) => tf.neg(sumTo(dy, b.shape))),
  ofTwo(
    tf.Multiply,
    (dy, _a, b) => tf.mul(dy, b),
    (dy, a) => tf.mul(dy, a),
  ),
  ofTwo(tf.RealDiv, perB, perSquareOfB),
  ofTwo(tf.FloorDiv, perB, perSquareOfB),
  ofTwo(tf.Mod, same, (dy, a, b) => tf.mul(dy, tf.neg(tf.floor(tf.div(a, b))))),
  ofTwo(
    tf.Atan2,
    (dy, a, b) => tf.mul(dy, tf.div(b, tf.add(tf.square(a), tf.square(b)))),
    (dy, a, b) => tf.neg(tf.mul(dy, tf.div(a, tf.add(tf.square(a), tf.square(b))))),
  ),
  ofTwo(
    tf.Maximum,
    (dy, a, b) => tf.mul(dy, number(tf.greaterEqual(a, b))),
    (dy, a, b) => tf.mul(dy, number(tf.less(a, b))),
  ),
  ofTwo(
    tf.Minimum,
    (dy, a, b) => tf.mul(dy, number(tf.lessEqual(a, b))),
    (dy, a, b) => tf.mul(dy, number(tf.greater(a, b))),
  ),
  ofTwo(
    tf.SquaredDifference,
    (dy, a, b) => tf.mul(dy, tf.mul(2, tf.sub(a, b))),
    (dy, a, b) => tf.mul(dy, tf.mul(2, tf.sub(b, a))),
  ),
  ofTwo(
    tf.Prelu,
    (dy, x, alpha) => tf.where(tf.greater(x, 0), dy, tf.mul(dy, alpha)),
    (dy, x) => tf.where(tf.greater(x, 0), tf.zerosLike(dy), tf.mul(dy, x)),
    ['x', 'alpha'],
  ),
];

/** d a^b; by b it is 0 where a is not positive, as no logarithm is there. */
const powGradient: tf.GradConfig = {
  kernelName: tf.Pow,
  inputsToSave: ['a', 'b'],
  outputsToSave: [true],
  gradFunc: (dy, saved) => {
    const [a, b, y] = saved as [tf.Tensor, tf.Tensor, tf.Tensor];
    const upstream = dy as tf.Tensor;
    return {
      a: () => sumTo(tf.mul(upstream, tf.mul(number(b), tf.pow(a, tf.sub(number(b), 1)))), a.shape),
      b: () => {
        const logarithm = tf.where(tf.greater(a, 0), tf.log(a), tf.zerosLike(a));
        return sumTo(tf.mul(upstream, tf.mul(y, logarithm)), b.shape);
      },
    };
  },
};

const selectGradient: tf.GradConfig = {
  kernelName: tf.Select,
  inputsToSave: ['condition'],
  gradFunc: (dy, saved) => {
    const [condition] = saved as [tf.Tensor];
    const upstream = dy as tf.Tensor;
    return {
      condition: () => tf.zeros(condition.shape),
      t: () => tf.mul(upstream, number(condition)),
      e: () => tf.mul(upstream, number(tf.logicalNot(condition))),
    };
  },
};

const addNGradient: tf.GradConfig = {
  kernelName: tf.AddN,
  saveAllInputs: true,
  gradFunc: (dy, saved) =>
    Object.fromEntries(saved.map((_, index) => [index, () => tf.clone(dy as tf.Tensor)])),
};

/** Of y = a b: da = dy b^T and db = a^T dy; where a factor was transposed its gradient is, too. */
const matMulGradient: tf.GradConfig = {
  kernelName: tf.BatchMatMul,
  inputsToSave: ['a', 'b'],
  gradFunc: (dy, saved, attributes) => {
    const [a, b] = saved as [tf.Tensor, tf.Tensor];
    const upstream = dy as tf.Tensor;
    const transposeA = attributes['transposeA'] as boolean;
    const transposeB = attributes['transposeB'] as boolean;
    return {
      a: () =>
        transposeA ? tf.matMul(b, upstream, transposeB, true) : tf.matMul(upstream, b, false, !transposeB),
      b: () =>
        transposeB ? tf.matMul(upstream, a, true, transposeA) : tf.matMul(a, upstream, !transposeA, false),
    };
  },
};

/** d add, sub, mul, div, floorDiv, mod, atan2, maximum, minimum, squaredDifference, prelu, pow, where, addN and matMul. */
export const binaryGradients: readonly tf.GradConfig[] = [
  ...elementwise,
  powGradient,
  selectGradient,
  addNGradient,
  matMulGradient,
];
