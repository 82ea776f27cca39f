/** Gradient of a strided slice: the upstream gradient, spread out again with zeros between. */
import * as tf from '../tf.ts';

interface StridedSliceAttributes {
  readonly begin: number[];
  readonly end: number[];
  readonly strides: number[];
  readonly beginMask: number;
  readonly endMask: number;
  readonly ellipsisMask: number;
  readonly newAxisMask: number;
  readonly shrinkAxisMask: number;
}

/** d x[begin:end:stride, ...], with all masks and negative strides. */
export const stridedSliceGradient: tf.GradConfig = {
  kernelName: tf.StridedSlice,
  inputsToSave: ['x'],
  gradFunc: (dy, saved, attributes) => {
    const [x] = saved as [tf.Tensor];
    const a = attributes as unknown as StridedSliceAttributes;
    return {
      x: () => {
        const taken = tf.slice_util.sliceInfo(
          x.shape,
          a.begin,
          a.end,
          a.strides,
          a.beginMask,
          a.endMask,
          a.ellipsisMask,
          a.newAxisMask,
          a.shrinkAxisMask,
        );
        const counts = taken.begin.map((begin, axis) =>
          Math.max(0, Math.ceil((taken.end[axis]! - begin) / taken.strides[axis]!)),
        );
        if (counts.includes(0)) return tf.zeros(x.shape);
        const spread = counts.reduce(
          (gradient, _count, axis) =>
            spreadAxis(gradient, axis, taken.begin[axis]!, taken.strides[axis]!, x.shape[axis]!),
          tf.reshape(dy as tf.Tensor, counts),
        );
        return tf.reshape(spread, x.shape);
      },
    };
  },
};

/** Element k along `axis` goes to begin + k * stride of `size` elements; zeros elsewhere. */
function spreadAxis(
  gradient: tf.Tensor,
  axis: number,
  begin: number,
  stride: number,
  size: number,
): tf.Tensor {
  const { shape } = gradient;
  const count = shape[axis] as number;
  const step = Math.abs(stride);
  const span = (count - 1) * step + 1;
  const [before, after] = [shape.slice(0, axis), shape.slice(axis + 1)];
  const outer = tf.util.sizeFromShape(before);
  const inner = tf.util.sizeFromShape(after);
  const apart = tf.pad(tf.reshape(gradient, [outer, count, 1, inner]), [
    [0, 0],
    [0, 0],
    [0, step - 1],
    [0, 0],
  ]);
  let rows: tf.Tensor = tf.slice(
    tf.reshape(apart, [outer, count * step, inner]),
    [0, 0, 0],
    [outer, span, inner],
  );
  if (stride < 0) rows = tf.reverse(rows, 1);
  const first = stride < 0 ? begin - (span - 1) : begin;
  return tf.reshape(
    tf.pad(rows, [
      [0, 0],
      [first, size - first - span],
      [0, 0],
    ]),
    [...before, size, ...after],
  );
}
