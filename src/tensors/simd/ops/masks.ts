/** Truth values on `simd`: choosing by them and combining them. */
import { runElementwise } from '../../../kernels/elementwise.ts';
import * as tf from '../../tf.ts';
import { simdKernel } from '../simdKernel.ts';
import { isWord } from './stridedCopy.ts';

/** where (of equal shapes), logicalAnd, logicalOr (of equal shapes), logicalNot. */
export function maskKernels(): tf.KernelConfig[] {
  return [
    selectKernel,
    combination(tf.LogicalAnd, 'maskAnd'),
    combination(tf.LogicalOr, 'maskOr'),
    notKernel,
  ];
}

const selectKernel = simdKernel(tf.Select, ({ inputs: { condition, t, e }, backend }) => {
  if (!condition || !t || !e || condition.dtype !== 'bool' || !isWord(t.dtype) || e.dtype !== t.dtype)
    return undefined;
  if (!tf.util.arraysEqual(condition.shape, t.shape) || !tf.util.arraysEqual(t.shape, e.shape))
    return undefined;
  const inputs = [backend.addressOf(condition), backend.addressOf(t), backend.addressOf(e)];
  const { info, address } = backend.output(t.shape, t.dtype);
  runElementwise(backend.kernels, 'select', tf.util.sizeFromShape(t.shape), [address, ...inputs]);
  return info;
});

function combination(name: string, kernel: string): tf.KernelConfig {
  return simdKernel(name, ({ inputs: { a, b }, backend }) => {
    if (a?.dtype !== 'bool' || b?.dtype !== 'bool' || !tf.util.arraysEqual(a.shape, b.shape))
      return undefined;
    const inputs = [backend.addressOf(a), backend.addressOf(b)];
    const { info, address } = backend.output(a.shape, 'bool');
    runElementwise(backend.kernels, kernel, tf.util.sizeFromShape(a.shape), [address, ...inputs]);
    return info;
  });
}

const notKernel = simdKernel(tf.LogicalNot, ({ inputs: { x }, backend }) => {
  if (x?.dtype !== 'bool') return undefined;
  const from = backend.addressOf(x);
  const { info, address } = backend.output(x.shape, 'bool');
  runElementwise(backend.kernels, 'maskNot', tf.util.sizeFromShape(x.shape), [address, from]);
  return info;
});
