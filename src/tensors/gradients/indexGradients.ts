/** Gradients of operations that read or write rows by number. None of them walks a table entry by entry: they add what was touched. */
import * as tf from '../tf.ts';

/** Integers have no gradient, but the tape asks for one of their shape. */
const none = (indices: tf.Tensor) => () => tf.fill(indices.shape, 0);

/** d gatherND(x, indices): each slice of `dy` is added to where it was read. */
export const gatherNdGradient: tf.GradConfig = {
  kernelName: tf.GatherNd,
  inputsToSave: ['params', 'indices'],
  gradFunc: (dy, saved) => {
    const [params, indices] = saved as [tf.Tensor, tf.Tensor];
    return {
      params: () => tf.scatterND(indices, dy as tf.Tensor, params.shape as [number]),
      indices: none(indices),
    };
  },
};

/** d scatterND(indices, updates): each update reads the gradient of where it was added. */
export const scatterNdGradient: tf.GradConfig = {
  kernelName: tf.ScatterNd,
  inputsToSave: ['indices', 'updates'],
  gradFunc: (dy, saved) => {
    const [indices] = saved as [tf.Tensor];
    return { indices: none(indices), updates: () => tf.gatherND(dy as tf.Tensor, indices) };
  },
};

/** d tensorScatterUpdate: what was overwritten has no gradient. Indices must differ, or which update wins is not defined. */
export const tensorScatterUpdateGradient: tf.GradConfig = {
  kernelName: tf.TensorScatterUpdate,
  inputsToSave: ['tensor', 'indices', 'updates'],
  gradFunc: (dy, saved) => {
    const [, indices, updates] = saved as [tf.Tensor, tf.Tensor, tf.Tensor];
    const upstream = dy as tf.Tensor;
    return {
      // Of a copy: the plain backend writes into what it is given.
      tensor: () => tf.tensorScatterUpdate(tf.mul(upstream, 1), indices, tf.zerosLike(updates)),
      indices: none(indices),
      updates: () => tf.gatherND(upstream, indices),
    };
  },
};

/**
 * d gather(x, indices, axis, batchDims): scatter-add of the rows of `dy`. The tables of a batch are laid one after the other, so that
 * one addition serves all of them.
 */
export const gatherGradient: tf.GradConfig = {
  kernelName: tf.GatherV2,
  inputsToSave: ['x', 'indices'],
  gradFunc: (dy, saved, attributes) => {
    const [x, indices] = saved as [tf.Tensor, tf.Tensor];
    const batchDims = attributes['batchDims'] as number;
    const axis = tf.util.parseAxisParam(attributes['axis'] as number, x.shape)[0] as number;
    const sizeOf = (from: number, to: number) => tf.util.sizeFromShape(x.shape.slice(from, to));
    const [batch, outer, rows] = [sizeOf(0, batchDims), sizeOf(batchDims, axis), x.shape[axis] as number];
    const inner = sizeOf(axis + 1, x.rank);
    const reads = indices.size / Math.max(1, batch);
    return {
      x: () => {
        if (x.size === 0 || indices.size === 0) return tf.zeros(x.shape);
        const firstRow = tf.mul(tf.range(0, batch, 1, 'int32'), tf.scalar(rows, 'int32'));
        const flat = tf.add(tf.reshape(indices, [batch, reads]), tf.reshape(firstRow, [batch, 1]));
        // [batch, outer, reads, inner] -> [batch * reads, outer * inner] and back
        const byRead = tf.transpose(tf.reshape(dy as tf.Tensor, [batch, outer, reads, inner]), [0, 2, 1, 3]);
        const sums = tf.scatterND(
          tf.reshape(flat, [batch * reads, 1]),
          tf.reshape(byRead, [batch * reads, outer * inner]),
          [batch * rows, outer * inner],
        );
        const byRow = tf.reshape(sums, [batch, rows, outer, inner]);
        return tf.reshape(tf.transpose(byRow, [0, 2, 1, 3]), x.shape);
      },
      indices: none(indices),
    };
  },
};

/** d unsortedSegmentSum(x, ids): each row reads the gradient of its segment; rows of no segment (id < 0) have none. */
export const unsortedSegmentSumGradient: tf.GradConfig = {
  kernelName: tf.UnsortedSegmentSum,
  inputsToSave: ['segmentIds'],
  gradFunc: (dy, saved) => {
    const [segmentIds] = saved as [tf.Tensor1D];
    const upstream = dy as tf.Tensor;
    const segments = upstream.shape[0] as number;
    const isKept = () =>
      tf.logicalAnd(
        tf.greaterEqual(segmentIds, tf.scalar(0, 'int32')),
        tf.less(segmentIds, tf.scalar(segments, 'int32')),
      );
    return {
      x: () => {
        const rows = tf.gather(upstream, tf.clipByValue(segmentIds, 0, Math.max(0, segments - 1)));
        const kept = tf.reshape(tf.cast(isKept(), 'float32'), [
          segmentIds.size,
          ...rows.shape.slice(1).map(() => 1),
        ]);
        return tf.mul(rows, kept);
      },
      segmentIds: none(segmentIds),
    };
  },
};
