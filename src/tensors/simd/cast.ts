/** Cast that always converts: the cpu backend lets int32 and float32 tensors share one array, which kernels cannot read as both. */
import { runElementwise } from '../../kernels/elementwise.ts';
import * as tf from '../tf.ts';
import { simdKernel } from './simdKernel.ts';

/** Kernels (src/kernels/assembly/tensorMasks.ts) by what they turn into what. */
const conversions: Readonly<Record<string, string>> = {
  'bool float32': 'maskToFloat',
  'int32 float32': 'intToFloat',
  'float32 int32': 'truncate',
};

/** float32 from int32 or bool, int32 from float32 (as JavaScript does it) or bool; everything else as on the cpu backend. */
export const cast = simdKernel(tf.Cast, ({ inputs: { x }, attrs, backend }) => {
  const dtype = attrs['dtype'] as tf.DataType;
  if (!x) return undefined;
  const kernel = conversions[`${x.dtype} ${dtype}`];
  if (kernel) {
    const from = backend.addressOf(x);
    const { info, address } = backend.output(x.shape, dtype);
    runElementwise(backend.kernels, kernel, tf.util.sizeFromShape(x.shape), [address, from]);
    return info;
  }
  if (x.dtype !== 'bool' || dtype !== 'int32') return undefined;
  const { info } = backend.output(x.shape, dtype);
  backend.valuesOf(info).set(backend.valuesOf(x));
  return info;
});
