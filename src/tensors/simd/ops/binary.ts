/** Element-wise functions of two tensors on `simd`, with broadcasting. */
import { runElementwise } from '../../../kernels/elementwise.ts';
import { broadcastLayout } from '../../../kernels/layouts.ts';
import { withStruct } from '../../../kernels/structs.ts';
import { ifPositiveKernel } from '../../gradients/unaryGradients.ts';
import * as tf from '../../tf.ts';
import { type SimdCall, simdKernel } from '../simdKernel.ts';
import { broadcast } from './broadcast.ts';

/** A function's kernel for each type of its inputs. Kernels: src/kernels/assembly/tensorBinary.ts. */
interface BinaryFunction {
  readonly name: string;
  readonly float32?: string;
  readonly int32?: string;
  /** Yields truth values. */
  readonly compares?: boolean;
  /** b is compared with a. */
  readonly swapped?: boolean;
}

const functions: readonly BinaryFunction[] = [
  { name: tf.Add, float32: 'binaryAdd', int32: 'binaryAddInt' },
  { name: tf.Sub, float32: 'binarySub', int32: 'binarySubInt' },
  { name: tf.Multiply, float32: 'binaryMul' },
  { name: tf.RealDiv, float32: 'binaryDiv' },
  { name: tf.Maximum, float32: 'binaryMax', int32: 'binaryMaxInt' },
  { name: tf.Minimum, float32: 'binaryMin', int32: 'binaryMinInt' },
  { name: tf.Pow, float32: 'binaryPow' },
  { name: tf.SquaredDifference, float32: 'binarySquaredDifference' },
  { name: ifPositiveKernel, float32: 'binaryIfPositive' },
  { name: tf.Equal, float32: 'binaryEqual', int32: 'binaryEqualInt', compares: true },
  { name: tf.NotEqual, float32: 'binaryNotEqual', int32: 'binaryNotEqualInt', compares: true },
  { name: tf.Greater, float32: 'binaryGreater', int32: 'binaryGreaterInt', compares: true },
  { name: tf.GreaterEqual, float32: 'binaryGreaterEqual', int32: 'binaryGreaterEqualInt', compares: true },
  { name: tf.Less, float32: 'binaryGreater', int32: 'binaryGreaterInt', compares: true, swapped: true },
  {
    name: tf.LessEqual,
    float32: 'binaryGreaterEqual',
    int32: 'binaryGreaterEqualInt',
    compares: true,
    swapped: true,
  },
];

/** add, mul, maximum, greater and the like. */
export function binaryKernels(): tf.KernelConfig[] {
  return [
    ...functions.map((definition) =>
      simdKernel(definition.name, ({ inputs: { a, b }, backend }) =>
        definition.swapped ? binary(definition, b, a, backend) : binary(definition, a, b, backend),
      ),
    ),
    simdKernel(tf.Prelu, ({ inputs: { x, alpha }, backend }) =>
      binary({ name: tf.Prelu, float32: 'binaryPrelu' }, x, alpha, backend),
    ),
  ];
}

/** @returns undefined for types and shapes that no kernel does */
function binary(
  { float32, int32, compares }: BinaryFunction,
  a: tf.TensorInfo | undefined,
  b: tf.TensorInfo | undefined,
  backend: SimdCall['backend'],
): tf.TensorInfo | undefined {
  if (!a || !b || a.dtype !== b.dtype) return undefined;
  const kernel = a.dtype === 'float32' ? float32 : a.dtype === 'int32' ? int32 : undefined;
  if (!kernel) return undefined;
  const shape = tf.backend_util.assertAndGetBroadcastShape(a.shape, b.shape);
  const fields = broadcast(shape, a.shape, b.shape);
  if (!fields) return undefined;
  const [first, second] = [backend.addressOf(a), backend.addressOf(b)];
  const { info, address } = backend.output(shape, compares ? 'bool' : a.dtype);
  withStruct(backend.kernels, broadcastLayout, fields, (at) =>
    runElementwise(backend.kernels, kernel, tf.util.sizeFromShape(shape), [address, first, second, at]),
  );
  return info;
}
