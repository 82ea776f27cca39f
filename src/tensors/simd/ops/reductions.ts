/** Sums, means, products, maxima and minima of float32 on `simd`, over any axes. Accumulated in float64. */
import { runElementwise } from '../../../kernels/elementwise.ts';
import * as tf from '../../tf.ts';
import type { SimdBackend } from '../simdBackend.ts';
import { runOnSimd, simdKernel } from '../simdKernel.ts';

/** Elements that one unit of work reads; never depends on the threads. */
const unitElements = 32_768;

/** Operation, kernels `reduce*` and `combine*` (src/kernels/assembly/tensorReduce.ts), and the attribute that names the axes. */
const functions = [
  { name: tf.Sum, kernel: 'Sum', axes: 'axis' },
  { name: tf.Mean, kernel: 'Sum', axes: 'axis' },
  { name: tf.Prod, kernel: 'Prod', axes: 'axis' },
  { name: tf.Max, kernel: 'Max', axes: 'reductionIndices' },
  { name: tf.Min, kernel: 'Min', axes: 'axis' },
] as const;

/** sum, mean, prod, max, min. */
export function reductionKernels(): tf.KernelConfig[] {
  return functions.map(({ name, kernel, axes: attribute }) =>
    simdKernel(name, ({ inputs: { x }, attrs, backend }) => {
      if (x?.dtype !== 'float32' || tf.util.sizeFromShape(x.shape) === 0) return undefined;
      const axes = tf.util.parseAxisParam(attrs[attribute] as number[], x.shape);
      const [kept, reduced] = tf.backend_util.computeOutAndReduceShapes(x.shape, axes);
      const shape = attrs['keepDims'] ? tf.backend_util.expandShapeToKeepDim(kept, axes) : kept;
      const divisor = name === tf.Mean ? tf.util.sizeFromShape(reduced) : 1;
      const view = oneAxis(x.shape, axes);
      if (view) return reduce(backend, kernel, x, view, shape, divisor);
      const innermost = tf.backend_util.getAxesPermutation(axes, x.shape.length) as number[];
      const moved = runOnSimd(tf.Transpose, backend, { x }, { perm: innermost });
      const length = tf.util.sizeFromShape(reduced);
      const outer = tf.util.sizeFromShape(kept);
      const result = reduce(backend, kernel, moved, { outer, length, inner: 1 }, shape, divisor);
      backend.disposeIntermediateTensorInfo(moved);
      return result;
    }),
  );
}

interface AxisView {
  readonly outer: number;
  readonly length: number;
  readonly inner: number;
}

/** The shape as [outer, length, inner] with `length` reduced; undefined if what is reduced does not lie together. */
function oneAxis(shape: readonly number[], axes: readonly number[]): AxisView | undefined {
  const view = { outer: 1, length: 1, inner: 1 };
  let part: keyof AxisView = 'outer';
  for (const [axis, size] of shape.entries()) {
    if (size === 1) continue;
    if (axes.includes(axis)) {
      if (part === 'inner') return undefined;
      part = 'length';
    } else if (part === 'length') part = 'inner';
    view[part] *= size;
  }
  return view;
}

function reduce(
  backend: SimdBackend,
  kernel: string,
  x: tf.TensorInfo,
  { outer, length, inner }: AxisView,
  shape: readonly number[],
  divisor: number,
): tf.TensorInfo {
  const { kernels } = backend;
  const from = backend.addressOf(x);
  const { info, address } = backend.output(shape, 'float32');
  const run = (units: number, groups: number, chunk: number, out: number) =>
    kernels.run(`reduce${kernel}`, units, groups, outer, length, inner, chunk, from, out, divisor);
  if (length * inner <= unitElements) {
    const groups = Math.max(1, Math.floor(unitElements / (length * inner)));
    run(Math.ceil(outer / groups), groups, length, address);
    return info;
  }
  const chunk = Math.max(1, Math.floor(unitElements / inner));
  const chunks = Math.ceil(length / chunk);
  if (chunks === 1) {
    run(outer, 1, length, address);
    return info;
  }
  const partials = kernels.reserve(outer * chunks * inner * 8);
  run(outer * chunks, 1, chunk, partials);
  runElementwise(kernels, `combine${kernel}`, outer * inner, [chunks, inner, partials, address, divisor]);
  kernels.release(partials);
  return info;
}
