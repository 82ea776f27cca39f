/**
 * How differently two images look: LPIPS, distances between the features that AlexNet finds in them, weighted as people judged (Zhang et al. 2018,
 * https://arxiv.org/abs/1801.03924; version 0.1 of the authors' package `lpips`).
 */
import { DataError } from '../errors.ts';
import type { NamedArrays } from '../tensors/namedArrays.ts';
import * as tf from '../tensors/tf.ts';

/**
 * 0 for equal images, about 0.7 for very different ones. The engine whose tensors compute it must be active.
 * @param a,b [height, width, 3] in 0..1
 */
export type Lpips = (a: ArrayLike<number>, b: ArrayLike<number>, width: number, height: number) => number;

/** [height, width, channels] */
interface Features {
  readonly width: number;
  readonly height: number;
  readonly channels: number;
  readonly data: Float32Array;
}

/** A convolution with what follows it; `pooled` where its input is halved first. Features of every layer are compared. */
interface Layer {
  readonly side: number;
  readonly stride: number;
  readonly padding: number;
  readonly pooled: boolean;
  readonly inputs: number;
  readonly outputs: number;
  /** [side * side * inputs, outputs]: of a patch in the order row, column, channel. */
  readonly kernel: Float32Array;
  readonly bias: Float32Array;
  /** [outputs], at least 0: how much a difference of each feature counts. */
  readonly importance: Float32Array;
}

/** AlexNet's convolutions, by their numbers in torchvision's `features`. */
const convolutions = [
  { number: 0, side: 11, stride: 4, padding: 2, pooled: false },
  { number: 3, side: 5, stride: 1, padding: 2, pooled: true },
  { number: 6, side: 3, stride: 1, padding: 1, pooled: true },
  { number: 8, side: 3, stride: 1, padding: 1, pooled: false },
  { number: 10, side: 3, stride: 1, padding: 1, pooled: false },
] as const;
/** Of the colours that AlexNet was trained on, as `lpips` has them (for values from -1 to 1). */
const colorMean = [-0.03, -0.088, -0.188] as const;
const colorDeviation = [0.458, 0.448, 0.45] as const;
const pool = { side: 3, stride: 2 } as const;
/** The smaller side of an image of which the last layer still has something. */
const leastSide = 31;
/** Numbers of patches that are laid out at a time: 32 MB. */
const mostPatchNumbers = 8e6;

/**
 * @param weights AlexNet's `features.N.weight` and `features.N.bias` as torchvision has them, and `linN.model.1.weight` of `lpips`
 * @param file where they are from
 * @throws DataError where one is missing or has another shape
 */
export function createLpips(weights: NamedArrays, file: string): Lpips {
  let inputs = 3;
  const layers = convolutions.map(({ number, ...shape }, index): Layer => {
    const outputs = weights[`features.${number}.bias`]?.data.length ?? 0;
    const { side } = shape;
    const kernel = arrayOf(weights, `features.${number}.weight`, [outputs, inputs, side, side], file);
    const bias = arrayOf(weights, `features.${number}.bias`, [outputs], file);
    const importance = arrayOf(weights, `lin${index}.model.1.weight`, [1, outputs, 1, 1], file);
    const layer = {
      ...shape,
      inputs,
      outputs,
      kernel: byPatch(kernel, outputs, inputs, side),
      bias,
      importance,
    };
    inputs = outputs;
    return layer;
  });
  return (a, b, width, height) => {
    if (Math.min(width, height) < leastSide)
      throw new DataError(
        `LPIPS needs images of ${leastSide} pixels a side or more, not ${width} x ${height}`,
        file,
      );
    let [first, second] = [prepared(a, width, height), prepared(b, width, height)];
    let sum = 0;
    for (const layer of layers) {
      [first, second] = [convolve(layer, first), convolve(layer, second)];
      sum += difference(first, second, layer.importance);
    }
    return sum;
  };
}

function arrayOf(weights: NamedArrays, name: string, shape: readonly number[], file: string): Float32Array {
  const found = weights[name];
  if (!found || found.shape.join() !== shape.join())
    throw new DataError(
      found
        ? `${file}: ${name} is [${found.shape.join(', ')}], not [${shape.join(', ')}]: LPIPS needs AlexNet's weights`
        : `${file}: has no ${name}: LPIPS needs AlexNet's "features" and the "lin" layers of lpips`,
      file,
    );
  return Float32Array.from(found.data);
}

/** torch's [outputs, inputs, side, side] as [side, side, inputs, outputs]. */
function byPatch(kernel: Float32Array, outputs: number, inputs: number, side: number): Float32Array {
  return kernel.map((_, at) => {
    const output = at % outputs;
    const input = Math.floor(at / outputs) % inputs;
    const place = Math.floor(at / outputs / inputs);
    return kernel[(output * inputs + input) * side * side + place]!;
  });
}

function prepared(image: ArrayLike<number>, width: number, height: number): Features {
  const data = Float32Array.from(
    image,
    (value, at) => (2 * value - 1 - colorMean[at % 3]!) / colorDeviation[at % 3]!,
  );
  return { width, height, channels: 3, data };
}

/** Halved if it is to be, convolved, what is below 0 cut off. */
function convolve(layer: Layer, input: Features): Features {
  const from = layer.pooled ? pooled(input) : input;
  const { side, stride, padding, inputs, outputs } = layer;
  const sizeOf = (length: number) => Math.floor((length + 2 * padding - side) / stride) + 1;
  const [width, height] = [sizeOf(from.width), sizeOf(from.height)];
  const data = new Float32Array(width * height * outputs);
  const patchNumbers = side * side * inputs;
  const rowsAtOnce = Math.max(1, Math.floor(mostPatchNumbers / (width * patchNumbers)));
  for (let row = 0; row < height; row += rowsAtOnce) {
    const rows = Math.min(rowsAtOnce, height - row);
    const patches = patchesOf(layer, from, row, rows, width);
    const result = tf.tidy(() => {
      const product = tf.matMul(
        tf.tensor2d(patches, [rows * width, patchNumbers]),
        tf.tensor2d(layer.kernel, [patchNumbers, outputs]),
      );
      return { values: tf.relu(tf.add(product, tf.tensor1d(layer.bias))).dataSync<'float32'>() };
    });
    data.set(result.values, row * width * outputs);
  }
  return { width, height, channels: outputs, data };
}

/** What the convolution sees at each place of `rows` rows of its output, from `first` on: [rows, width, side, side, inputs]; 0 beyond the border. */
function patchesOf(
  { side, stride, padding, inputs }: Layer,
  from: Features,
  first: number,
  rows: number,
  width: number,
): Float32Array {
  const patches = new Float32Array(rows * width * side * side * inputs);
  const length = side * inputs;
  for (let place = 0, to = 0; place < rows * width; place++) {
    const top = (first + Math.floor(place / width)) * stride - padding;
    const left = (place % width) * stride - padding;
    const [begin, end] = [Math.max(0, left), Math.min(from.width, left + side)];
    for (let y = top; y < top + side; y++, to += length) {
      if (y < 0 || y >= from.height || end <= begin) continue;
      const row = y * from.width;
      patches.set(
        from.data.subarray((row + begin) * inputs, (row + end) * inputs),
        to + (begin - left) * inputs,
      );
    }
  }
  return patches;
}

/** The largest of every 3 x 3, each 2 from the next. */
function pooled({ width, height, channels, data }: Features): Features {
  const sizeOf = (length: number) => Math.floor((length - pool.side) / pool.stride) + 1;
  const to = { width: sizeOf(width), height: sizeOf(height), channels };
  const most = new Float32Array(to.width * to.height * channels).fill(-Infinity);
  for (let y = 0; y < to.height; y++)
    for (let x = 0; x < to.width; x++)
      for (let k = 0; k < pool.side ** 2; k++) {
        const row = y * pool.stride + Math.floor(k / pool.side);
        const from = (row * width + x * pool.stride + (k % pool.side)) * channels;
        const at = (y * to.width + x) * channels;
        for (let c = 0; c < channels; c++) most[at + c] = Math.max(most[at + c]!, data[from + c]!);
      }
  return { ...to, data: most };
}

/** Mean over the places of the weighted squared differences of their features, each place's features of length 1. */
function difference(a: Features, b: Features, importance: Float32Array): number {
  const { channels, data } = a;
  let sum = 0;
  for (let at = 0; at < data.length; at += channels) {
    const [scaleA, scaleB] = [1 / lengthOf(data, at, channels), 1 / lengthOf(b.data, at, channels)];
    for (let c = 0; c < channels; c++)
      sum += importance[c]! * (data[at + c]! * scaleA - b.data[at + c]! * scaleB) ** 2;
  }
  return (sum * channels) / data.length;
}

function lengthOf(data: Float32Array, at: number, channels: number): number {
  let sum = 0;
  for (let c = 0; c < channels; c++) sum += data[at + c]! ** 2;
  return Math.sqrt(sum) + 1e-10;
}
