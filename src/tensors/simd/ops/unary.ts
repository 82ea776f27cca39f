/** Element-wise functions of one float32 tensor on `simd`. */
import { runElementwise } from '../../../kernels/elementwise.ts';
import * as tf from '../../tf.ts';
import { simdKernel } from '../simdKernel.ts';

type Parameters = (attrs: tf.NamedAttrMap) => readonly number[];
const none: Parameters = () => [];

/** Operation, kernel, and which attributes are its parameters. Kernels: src/kernels/assembly/tensorUnary.ts. */
const functions: readonly (readonly [name: string, kernel: string, parameters?: Parameters])[] = [
  [tf.Neg, 'unaryNeg'],
  [tf.Abs, 'unaryAbs'],
  [tf.Square, 'unarySquare'],
  [tf.Sqrt, 'unarySqrt'],
  [tf.Rsqrt, 'unaryRsqrt'],
  [tf.Reciprocal, 'unaryReciprocal'],
  [tf.Floor, 'unaryFloor'],
  [tf.Ceil, 'unaryCeil'],
  [tf.Round, 'unaryRound'],
  [tf.Sign, 'unarySign'],
  [tf.Relu, 'unaryRelu'],
  [tf.Relu6, 'unaryRelu6'],
  [tf.LeakyRelu, 'unaryLeakyRelu', ({ alpha }) => [alpha as number]],
  [tf.Step, 'unaryStep', ({ alpha }) => [alpha as number]],
  [
    tf.ClipByValue,
    'unaryClip',
    (attrs) => [attrs['clipValueMin'] as number, attrs['clipValueMax'] as number],
  ],
  [tf.Sin, 'unarySin'],
  [tf.Cos, 'unaryCos'],
  [tf.Exp, 'unaryExp'],
  [tf.Expm1, 'unaryExpm1'],
  [tf.Log, 'unaryLog'],
  [tf.Log1p, 'unaryLog1p'],
  [tf.Tanh, 'unaryTanh'],
  [tf.Sigmoid, 'unarySigmoid'],
  [tf.Softplus, 'unarySoftplus'],
  [tf.Elu, 'unaryElu'],
];

/** neg, abs, exp, sin, relu and the like. */
export function unaryKernels(): tf.KernelConfig[] {
  return functions.map(([name, kernel, parameters = none]) =>
    simdKernel(name, ({ inputs: { x }, attrs, backend }) => {
      if (x?.dtype !== 'float32') return undefined;
      const from = backend.addressOf(x);
      const { info, address } = backend.output(x.shape, 'float32');
      const [a = 0, b = 0] = parameters(attrs);
      runElementwise(backend.kernels, kernel, tf.util.sizeFromShape(x.shape), [address, from, a, b]);
      return info;
    }),
  );
}
