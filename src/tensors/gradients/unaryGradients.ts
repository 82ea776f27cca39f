/** Gradients of element-wise operations on one tensor, each from its derivative. */
import * as tf from '../tf.ts';

/** The upstream gradient and the operation's input (or its result) to the input's gradient. */
type Chain = (dy: tf.Tensor, saved: tf.Tensor, attributes: tf.NamedAttrMap) => tf.Tensor;

const float = (x: tf.Tensor): tf.Tensor => tf.cast(x, 'float32');

/** From the input x. */
const ofInput: Readonly<Record<string, Chain>> = {
  [tf.Abs]: (dy, x) => tf.mul(dy, tf.step(float(x), -1)),
  [tf.ComplexAbs]: (dy, x) => tf.mul(dy, tf.step(float(x), -1)),
  [tf.Acos]: (dy, x) => tf.neg(tf.div(dy, tf.sqrt(tf.sub(1, tf.square(float(x)))))),
  [tf.Acosh]: (dy, x) => tf.div(dy, tf.sqrt(tf.sub(tf.square(float(x)), 1))),
  [tf.Asin]: (dy, x) => tf.div(dy, tf.sqrt(tf.sub(1, tf.square(float(x))))),
  [tf.Asinh]: (dy, x) => tf.div(dy, tf.sqrt(tf.add(1, tf.square(float(x))))),
  [tf.Atan]: (dy, x) => tf.div(dy, tf.add(tf.square(float(x)), 1)),
  [tf.Atanh]: (dy, x) => tf.div(dy, tf.sub(1, tf.square(float(x)))),
  [tf.Cos]: (dy, x) => tf.mul(tf.neg(tf.sin(float(x))), dy),
  [tf.Cosh]: (dy, x) => tf.mul(tf.sinh(float(x)), dy),
  [tf.Erf]: (dy, x) => tf.mul(dy, tf.mul(tf.exp(tf.neg(tf.square(float(x)))), 2 / Math.sqrt(Math.PI))),
  [tf.Expm1]: (dy, x) => tf.mul(dy, tf.exp(float(x))),
  [tf.Log]: (dy, x) => tf.div(dy, float(x)),
  [tf.Log1p]: (dy, x) => tf.div(dy, tf.add(x, 1)),
  [tf.Neg]: (dy) => tf.neg(dy),
  [tf.Reciprocal]: (dy, x) => tf.div(dy, tf.neg(tf.square(x))),
  [tf.Rsqrt]: (dy, x) => tf.neg(tf.div(dy, tf.mul(tf.pow(x, 1.5), 2))),
  [tf.Sin]: (dy, x) => tf.mul(tf.cos(float(x)), dy),
  [tf.Sinh]: (dy, x) => tf.mul(tf.cosh(float(x)), dy),
  [tf.Sqrt]: (dy, x) => tf.div(dy, tf.mul(tf.sqrt(float(x)), 2)),
  [tf.Square]: (dy, x) => tf.mul(dy, tf.mul(float(x), 2)),
  [tf.Tan]: (dy, x) => tf.div(dy, tf.square(tf.cos(x))),
  [tf.Softplus]: (dy, x) => tf.mul(dy, tf.sigmoid(x)),
  [tf.Relu]: (dy, x) => ifPositive(dy, x),
  [tf.Relu6]: (dy, x) => tf.mul(dy, float(tf.mul(tf.lessEqual(x, 6), tf.step(x)))),
  [tf.LeakyRelu]: (dy, x, { alpha }) => tf.where(tf.greater(x, 0), dy, tf.mul(dy, alpha as number)),
  [tf.Selu]: (dy, x) =>
    tf.where(
      tf.greater(x, 0),
      tf.mul(dy, tf.backend_util.SELU_SCALE),
      tf.mul(tf.mul(dy, tf.backend_util.SELU_SCALEALPHA), tf.exp(float(x))),
    ),
  [tf.ClipByValue]: (dy, x, { clipValueMin, clipValueMax }) =>
    tf.where(
      tf.logicalAnd(tf.greaterEqual(x, clipValueMin as number), tf.lessEqual(x, clipValueMax as number)),
      dy,
      tf.zerosLike(dy),
    ),
};

/** From the result y, which is cheaper where the derivative is a function of it. */
const ofOutput: Readonly<Record<string, Chain>> = {
  [tf.Elu]: (dy, y) => tf.engine().runKernel(tf.EluGrad, { dy, y }),
  [tf.Exp]: (dy, y) => tf.mul(dy, y),
  [tf.Sigmoid]: (dy, y) => tf.mul(dy, tf.mul(y, tf.sub(1, y))),
  [tf.Tanh]: (dy, y) => tf.mul(tf.sub(1, tf.square(y)), dy),
};

/** The kernel, on backends that have it, of {@link ifPositive}. */
export const ifPositiveKernel = 'IfPositive';

/** dy where x is above 0, else 0. */
function ifPositive(dy: tf.Tensor, x: tf.Tensor): tf.Tensor {
  return tf.getKernel(ifPositiveKernel, tf.getBackend())
    ? tf.engine().runKernel(ifPositiveKernel, { a: dy, b: x })
    : tf.mul(dy, tf.step(x));
}

/** Every differentiable element-wise function of one tensor, and casts. What is constant between jumps: `constantGradients`. */
export const unaryGradients: readonly tf.GradConfig[] = [
  ...Object.entries(ofInput).map(
    ([kernelName, chain]): tf.GradConfig => ({
      kernelName,
      inputsToSave: ['x'],
      gradFunc: (dy, saved, attributes) => ({ x: () => chain(dy as tf.Tensor, saved[0]!, attributes) }),
    }),
  ),
  ...Object.entries(ofOutput).map(
    ([kernelName, chain]): tf.GradConfig => ({
      kernelName,
      outputsToSave: [true],
      gradFunc: (dy, saved, attributes) => ({ x: () => chain(dy as tf.Tensor, saved[0]!, attributes) }),
    }),
  ),
  ...[tf.Cast, tf.Identity].map(
    (kernelName): tf.GradConfig => ({
      kernelName,
      gradFunc: (dy) => ({ x: () => float(dy as tf.Tensor) }),
    }),
  ),
  {
    kernelName: ifPositiveKernel,
    inputsToSave: ['b'],
    gradFunc: (dy, saved) => ({
      a: () => ifPositive(dy as tf.Tensor, saved[0]!),
      b: () => tf.zerosLike(saved[0]!),
    }),
  },
];
