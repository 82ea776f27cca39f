/** BatchMatMul and _FusedMatMul: matrix products in all transposed forms, with broadcast batches, bias and activation. */
import * as tf from '../tf.ts';
import { kernelActivations, type MatMulFinish, type MatrixLayout, runMatMul } from './runMatMul.ts';
import type { SimdBackend } from './simdBackend.ts';
import { runOnSimd, type SimdCall, simdKernel } from './simdKernel.ts';

/** tf.matMul */
export const matMul = simdKernel(tf.BatchMatMul, (call) => multiply(call));

/**
 * tf.fused.matMul. A bias of one number a column and the simple activations are applied while a tile is in the cache; other forms run the
 * operations that they stand for.
 */
export const fusedMatMul = simdKernel(tf._FusedMatMul, (call) => {
  const { inputs, attrs, backend } = call;
  const { bias, preluActivationWeights } = inputs;
  const activation = (attrs['activation'] as string | undefined) ?? 'linear';
  const alpha = (attrs['leakyreluAlpha'] as number | undefined) ?? 0.2;
  const { columns } = shapeOf(call);
  const biasInKernel = !bias || (bias.dtype === 'float32' && isRowOf(columns, bias.shape));
  const activationInKernel = biasInKernel && activation in kernelActivations;
  const product = multiply(call, {
    bias: bias && biasInKernel ? backend.addressOf(bias) : 0,
    activation: activationInKernel ? (activation as keyof typeof kernelActivations) : 'linear',
    alpha,
  });
  if (!product) return undefined;
  const steps: ((x: tf.TensorInfo) => tf.TensorInfo)[] = [];
  if (bias && !biasInKernel) steps.push((a) => runOnSimd(tf.Add, backend, { a, b: bias }));
  if (!activationInKernel) steps.push((x) => activate(x, activation, backend, alpha, preluActivationWeights));
  return steps.reduce((x, step) => {
    const next = step(x);
    backend.disposeIntermediateTensorInfo(x);
    return next;
  }, product);
});

/** undefined for what the kernel does not multiply: other types, no elements, batches that do not match. */
function multiply(call: SimdCall, finish?: MatMulFinish): tf.TensorInfo | undefined {
  const { backend, attrs } = call;
  const [a, b] = [call.inputs['a']!, call.inputs['b']!];
  if (a.dtype !== 'float32' || b.dtype !== 'float32') return undefined;
  const shape = shapeOf(call);
  if (shape.depth !== shape.otherDepth || shape.rows * shape.columns * shape.depth === 0) return undefined;
  const batchShape = tf.broadcast_util.assertAndGetBroadcastShape(a.shape.slice(0, -2), b.shape.slice(0, -2));
  const batches = tf.util.sizeFromShape(batchShape);
  if (batches === 0) return undefined;
  const [left, right] = [backend.addressOf(a), backend.addressOf(b)];
  const { info, address } = backend.output([...batchShape, shape.rows, shape.columns], 'float32');
  runMatMul(
    backend.kernels,
    { batches, rows: shape.rows, columns: shape.columns, depth: shape.depth },
    layout(left, a.shape, batchShape, attrs['transposeA'] === true),
    layout(right, b.shape, batchShape, attrs['transposeB'] === true),
    address,
    finish,
  );
  return info;
}

function shapeOf({ inputs: { a, b }, attrs }: SimdCall) {
  const [rows, depth] = lastTwo(a!.shape, attrs['transposeA'] === true);
  const [otherDepth, columns] = lastTwo(b!.shape, attrs['transposeB'] === true);
  return { rows, columns, depth, otherDepth };
}

/** Rows and columns of the matrices that a tensor holds. */
function lastTwo(shape: readonly number[], transpose: boolean): [number, number] {
  const [rows, columns] = shape.slice(-2) as [number, number];
  return transpose ? [columns, rows] : [rows, columns];
}

/** Where the matrix of each batch of the product lies: along a dimension of size 1 it is the same one. */
function layout(
  address: number,
  shape: readonly number[],
  batchShape: readonly number[],
  transpose: boolean,
): MatrixLayout {
  const [rows, columns] = shape.slice(-2) as [number, number];
  const own = shape.slice(0, -2);
  const strides = tf.util.computeStrides([...own, 1]);
  const first = batchShape.length - own.length;
  const addresses = Array.from({ length: tf.util.sizeFromShape([...batchShape]) }, (_, batch) => {
    const at = tf.util.indexToLoc(batch, batchShape.length, tf.util.computeStrides([...batchShape]));
    const matrix = own.reduce(
      (sum, size, axis) => sum + (size === 1 ? 0 : at[first + axis]! * strides[axis]!),
      0,
    );
    return address + 4 * matrix * rows * columns;
  });
  const [rowStep, columnStep] = [4 * columns, 4];
  return transpose
    ? { addresses, rowStep: columnStep, columnStep: rowStep }
    : { addresses, rowStep, columnStep };
}

/** [columns], [1, columns], ... */
function isRowOf(columns: number, shape: readonly number[]): boolean {
  return shape.at(-1) === columns && tf.util.sizeFromShape([...shape]) === columns;
}

/** An activation by its name in the library, as an operation of its own. */
function activate(
  x: tf.TensorInfo,
  activation: string,
  backend: SimdBackend,
  alpha: number,
  weights: tf.TensorInfo | undefined,
): tf.TensorInfo {
  if (activation === 'prelu') return runOnSimd(tf.Prelu, backend, { x, alpha: weights! });
  if (activation === 'leakyrelu') return runOnSimd(tf.LeakyRelu, backend, { x }, { alpha });
  const kernel = { linear: tf.Identity, relu: tf.Relu, relu6: tf.Relu6, elu: tf.Elu, sigmoid: tf.Sigmoid }[
    activation
  ];
  if (!kernel) throw new Error(`Activation ${activation} has not been implemented for the simd backend.`);
  return runOnSimd(kernel, backend, { x });
}
