/** Running sums and products, and softmax, of float32 on `simd`. */
import * as tf from '../../tf.ts';
import { simdKernel } from '../simdKernel.ts';

/** Elements that one unit of work reads; never depends on the threads. */
const unitElements = 16_384;

/** cumsum, cumprod (accumulated in float64) and softmax. */
export function scanKernels(): tf.KernelConfig[] {
  return [runningKernel(tf.Cumsum, 'runningSum'), runningKernel(tf.Cumprod, 'runningProduct'), softmaxKernel];
}

function runningKernel(name: string, kernel: string): tf.KernelConfig {
  return simdKernel(name, ({ inputs: { x }, attrs, backend }) => {
    if (x?.dtype !== 'float32' || tf.util.sizeFromShape(x.shape) === 0) return undefined;
    const axis = tf.util.parseAxisParam(attrs['axis'] as number, x.shape)[0];
    if (axis === undefined || x.shape.length === 0) return undefined;
    const outer = tf.util.sizeFromShape(x.shape.slice(0, axis));
    const length = x.shape[axis] as number;
    const inner = tf.util.sizeFromShape(x.shape.slice(axis + 1));
    const from = backend.addressOf(x);
    const { info, address } = backend.output(x.shape, 'float32');
    const groups = Math.max(1, Math.floor(unitElements / (length * inner)));
    const flags = [attrs['exclusive'] ? 1 : 0, attrs['reverse'] ? 1 : 0];
    backend.kernels.run(
      kernel,
      Math.ceil(outer / groups),
      groups,
      outer,
      length,
      inner,
      from,
      address,
      ...flags,
    );
    return info;
  });
}

const softmaxKernel = simdKernel(tf.Softmax, ({ inputs: { logits }, attrs, backend }) => {
  if (logits?.dtype !== 'float32' || attrs['dim'] !== logits.shape.length - 1) return undefined;
  const size = tf.util.sizeFromShape(logits.shape);
  if (size === 0) return undefined;
  const length = logits.shape.at(-1) as number;
  const from = backend.addressOf(logits);
  const { info, address } = backend.output(logits.shape, 'float32');
  const groups = Math.max(1, Math.floor(unitElements / length));
  const rows = size / length;
  backend.kernels.run('softmax', Math.ceil(rows / groups), groups, rows, length, from, address);
  return info;
});
