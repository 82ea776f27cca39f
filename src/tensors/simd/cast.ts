/** Cast that always converts: the cpu backend lets int32 and float32 tensors share one array, which kernels cannot read as both. */
import * as tf from '../tf.ts';
import { simdKernel } from './simdKernel.ts';

const numeric: readonly string[] = ['float32', 'int32', 'bool'];

/** float32 from int32 or bool, and int32 from bool; everything else as on the cpu backend. */
export const cast = simdKernel(tf.Cast, ({ inputs: { x }, attrs, backend }) => {
  const dtype = attrs['dtype'] as tf.DataType;
  if (!x || x.dtype === dtype || !numeric.includes(x.dtype) || !numeric.includes(dtype)) return undefined;
  if (tf.util.hasEncodingLoss(x.dtype, dtype)) return undefined;
  const { info } = backend.output(x.shape, dtype);
  backend.valuesOf(info).set(backend.valuesOf(x));
  return info;
});
