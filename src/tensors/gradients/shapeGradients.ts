/** Gradients of operations that move values and compute none: each puts the upstream gradient back to where the values came from. */
import * as tf from '../tf.ts';

/** The upstream gradient, the operation's input (for its shape) and its attributes to the input's gradient. */
type Back = (dy: tf.Tensor, x: tf.Tensor, attributes: tf.NamedAttrMap) => tf.Tensor;

/** The part that lay inside the padding. */
const withoutPadding: Back = (dy, { shape }, { paddings }) => {
  const before = (paddings as unknown as readonly [number, number][]).map(([zeros]) => zeros);
  return tf.slice(dy, before, shape);
};

/** Zeros around the slice. */
const paddedSlice: Back = (dy, x, { begin, size }) => {
  const [starts, sizes] = tf.slice_util.parseSliceParams(x, begin as number[], size as number[]);
  const paddings = x.shape.map((length, axis): [number, number] => {
    const start = starts![axis]!;
    return [start, length - start - sizes![axis]!];
  });
  return tf.pad(dy, paddings);
};

/** The sum of all copies, of any number of axes: [copies, length] of each axis are told apart before it is taken. */
const sumOfCopies: Back = (dy, { shape }, { reps }) => {
  if (shape.length === 0) return tf.clone(dy);
  const copies = reps as number[];
  const byCopy = tf.reshape(
    dy,
    shape.flatMap((length, axis) => [copies[axis]!, length]),
  );
  return tf.sum(
    byCopy,
    shape.map((_, axis) => 2 * axis),
  );
};

/** The sum along the axes that were repeated. */
const sumOfRepeated: Back = (dy, { shape }) => {
  const axes = shape.flatMap((length, axis) => (length === dy.shape[axis] ? [] : [axis]));
  return tf.sum(dy, axes, true);
};

const likeInput: Back = (dy, { shape }) => tf.reshape(dy, shape);
const undoPermutation: Back = (dy, _x, { perm }) =>
  tf.transpose(dy, tf.backend_util.getUndoAxesPermutation(perm as number[]));
const reversed: Back = (dy, _x, { dims }) =>
  tf.reverse(dy, tf.util.parseAxisParam(dims as number[], dy.shape));

const moves: readonly { readonly kernelName: string; readonly input?: string; readonly back: Back }[] = [
  { kernelName: tf.BroadcastTo, back: sumOfRepeated },
  { kernelName: tf.ExpandDims, input: 'input', back: likeInput },
  { kernelName: tf.MirrorPad, back: withoutPadding },
  { kernelName: tf.PadV2, back: withoutPadding },
  { kernelName: tf.Reshape, back: likeInput },
  { kernelName: tf.Reverse, back: reversed },
  { kernelName: tf.Slice, back: paddedSlice },
  { kernelName: tf.Tile, back: sumOfCopies },
  { kernelName: tf.Transpose, back: undoPermutation },
];

/** Of several inputs, or to several results, along an axis: what one operation joins the other takes apart. */
const joins: readonly tf.GradConfig[] = [
  {
    kernelName: tf.Concat,
    saveAllInputs: true,
    gradFunc: (dy, saved, { axis }) => {
      const along = tf.util.parseAxisParam(axis as number, saved[0]!.shape)[0]!;
      const lengths = saved.map(({ shape }) => shape[along]!);
      return gradientOfEach(tf.split(dy as tf.Tensor, lengths, along));
    },
  },
  {
    kernelName: tf.Pack,
    saveAllInputs: true,
    gradFunc: (dy, _saved, { axis }) => gradientOfEach(tf.unstack(dy as tf.Tensor, axis as number)),
  },
  {
    kernelName: tf.SplitV,
    gradFunc: (dy, _saved, { axis }) => ({ x: () => tf.concat(dy as tf.Tensor[], axis as number) }),
  },
  {
    kernelName: tf.Unpack,
    gradFunc: (dy, _saved, { axis }) => ({ value: () => tf.stack(dy as tf.Tensor[], axis as number) }),
  },
];

function gradientOfEach(gradients: tf.Tensor[]): Record<string, () => tf.Tensor> {
  return Object.fromEntries(gradients.map((gradient, index) => [index, () => gradient]));
}

/** d broadcastTo, concat, expandDims, mirrorPad, pad, reshape, reverse, slice, split, stack, tile, transpose and unstack. */
export const shapeGradients: readonly tf.GradConfig[] = [
  ...moves.map(
    ({ kernelName, input = 'x', back }): tf.GradConfig => ({
      kernelName,
      inputsToSave: [input],
      gradFunc: (dy, saved, attributes) => ({ [input]: () => back(dy as tf.Tensor, saved[0]!, attributes) }),
    }),
  ),
  ...joins,
];
