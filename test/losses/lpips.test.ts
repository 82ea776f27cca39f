/** LPIPS against a naive form of it in float64, written apart: torch's layouts, loops over everything, random weights. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createLpips, type Lpips } from '../../src/losses/lpips.ts';
import { createEngine } from '../../src/tensors/createEngine.ts';
import type { Engine } from '../../src/tensors/engine.ts';
import type { NamedArrays } from '../../src/tensors/namedArrays.ts';
import * as tf from '../../src/tensors/tf.ts';

let engine: Engine;
let lpips: Lpips;
beforeAll(async () => {
  engine = await createEngine({ engine: 'simd', threads: 2 });
  engine.activate();
  lpips = alexNet();
});
afterAll(() => engine.dispose());

/** Fewer features than AlexNet has, with its sides, strides and paddings. */
const features = [6, 8, 10, 7, 5];
const numbers = [0, 3, 6, 8, 10];
const sides = [11, 5, 3, 3, 3];
let seed = 1;
const random = () => {
  seed = (seed * 48271) % 2147483647;
  return seed / 2147483647 - 0.5;
};
const array = (...shape: number[]) => ({
  shape,
  data: Float32Array.from({ length: shape.reduce((a, b) => a * b) }, random),
});
const weights: NamedArrays = Object.fromEntries(
  numbers.flatMap((number, k) => [
    [`features.${number}.weight`, array(features[k]!, k === 0 ? 3 : features[k - 1]!, sides[k]!, sides[k]!)],
    [`features.${number}.bias`, array(features[k]!)],
    [`lin${k}.model.1.weight`, array(1, features[k]!, 1, 1)],
  ]),
);

/** [channel][row][column] */
type Planes = number[][][];
const planes = (
  channels: number,
  height: number,
  width: number,
  at: (c: number, y: number, x: number) => number,
) =>
  Array.from({ length: channels }, (_, c) =>
    Array.from({ length: height }, (_, y) => Array.from({ length: width }, (_, x) => at(c, y, x))),
  );

function convolved(input: Planes, k: number): Planes {
  const [stride, padding] = [[4, 1, 1, 1, 1][k]!, [2, 2, 1, 1, 1][k]!];
  const side = sides[k]!;
  const size = (length: number) => Math.floor((length + 2 * padding - side) / stride) + 1;
  const kernel = weights[`features.${numbers[k]}.weight`]!.data;
  const bias = weights[`features.${numbers[k]}.bias`]!.data;
  return planes(features[k]!, size(input[0]!.length), size(input[0]![0]!.length), (c, y, x) => {
    let sum = bias[c]!;
    for (const [channel, plane] of input.entries())
      for (let i = 0; i < side; i++)
        for (let j = 0; j < side; j++)
          sum +=
            kernel[((c * input.length + channel) * side + i) * side + j]! *
            (plane[y * stride + i - padding]?.[x * stride + j - padding] ?? 0);
    return Math.max(0, sum);
  });
}
const pooled = (input: Planes): Planes =>
  planes(
    input.length,
    Math.floor((input[0]!.length - 3) / 2) + 1,
    Math.floor((input[0]![0]!.length - 3) / 2) + 1,
    (c, y, x) => Math.max(...[0, 1, 2].flatMap((i) => input[c]![2 * y + i]!.slice(2 * x, 2 * x + 3))),
  );

function naive(a: Float32Array, b: Float32Array, width: number, height: number): number {
  const shift = [-0.03, -0.088, -0.188];
  const scale = [0.458, 0.448, 0.45];
  let [x, y] = [a, b].map((image) =>
    planes(
      3,
      height,
      width,
      (c, row, column) => (2 * image[(row * width + column) * 3 + c]! - 1 - shift[c]!) / scale[c]!,
    ),
  ) as [Planes, Planes];
  let sum = 0;
  for (const k of [0, 1, 2, 3, 4]) {
    if (k === 1 || k === 2) [x, y] = [pooled(x), pooled(y)];
    [x, y] = [convolved(x, k), convolved(y, k)];
    const lin = weights[`lin${k}.model.1.weight`]!.data;
    const [rows, columns] = [x[0]!.length, x[0]![0]!.length];
    for (let row = 0; row < rows; row++)
      for (let column = 0; column < columns; column++) {
        const at = (planes: Planes) => planes.map((plane) => plane[row]![column]!);
        const unit = (values: number[]) => values.map((value) => value / (Math.hypot(...values) + 1e-10));
        const [p, q] = [unit(at(x)), unit(at(y))];
        sum += p.reduce((total, value, c) => total + lin[c]! * (value - q[c]!) ** 2, 0) / (rows * columns);
      }
  }
  return sum;
}

/** Numbers from 0 to 1 by MurmurHash3's last mixing: any language computes the same. */
function uniform(tensor: number, index: number): number {
  let h = (index + tensor * 1_000_003) >>> 0;
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return ((h ^ (h >>> 16)) >>> 0) / 2 ** 32;
}
const imageNumbers = 64 * 48 * 3;
/** 8-bit values. */
const hashed = (tensor: number, count: number) =>
  Float32Array.from({ length: count }, (_, index) => Math.floor(uniform(tensor, index) * 256) / 255);
const mixed = (image: Float32Array) => {
  const other = hashed(101, imageNumbers);
  const byte = (value: number) => Math.round(value * 255);
  return image.map((value, index) => Math.floor((3 * byte(value) + byte(other[index]!) + 2) / 4) / 255);
};

/** As many features as AlexNet has; weights as they are drawn for layers that are to keep the size of their numbers. */
function alexNet(): Lpips {
  const given: Record<string, NamedArrays[string]> = {};
  const add = (tensor: number, name: string, shape: number[], value: (uniform: number) => number) => {
    const length = shape.reduce((x, y) => x * y);
    const data = Float32Array.from({ length }, (_, index) => value(uniform(tensor, index)));
    given[name] = { shape, data };
  };
  let inputs = 3;
  for (const [k, outputs] of [64, 192, 384, 256, 256].entries()) {
    const limit = Math.sqrt(6 / (inputs * sides[k]! ** 2));
    const shape = [outputs, inputs, sides[k]!, sides[k]!];
    add(3 * k, `features.${numbers[k]}.weight`, shape, (value) => (2 * value - 1) * limit);
    add(3 * k + 1, `features.${numbers[k]}.bias`, [outputs], (value) => (value - 0.5) * 0.2);
    add(3 * k + 2, `lin${k}.model.1.weight`, [1, outputs, 1, 1], (value) => value);
    inputs = outputs;
  }
  return createLpips(given, 'hashed');
}

describe('LPIPS', () => {
  const image = (width: number, height: number) =>
    Float32Array.from({ length: width * height * 3 }, () => random() + 0.5);

  it.each([
    [64, 47],
    [33, 80],
  ])('[RE9] is that of the naive form: %i x %i', (width, height) => {
    const [a, b] = [image(width, height), image(width, height)];
    const small = createLpips(weights, 'weights');
    const expected = naive(a, b, width, height);
    expect(Math.abs(expected)).toBeGreaterThan(1e-3);
    const tensors = tf.memory().numTensors;
    expect(small(a, b, width, height)).toBeCloseTo(expected, 5);
    expect(small(a, a, width, height)).toBe(0);
    expect(tf.memory().numTensors).toBe(tensors);
  });

  // Computed with NumPy 2.4 in float64: windows of the padded input times the kernels by einsum, in the order of lpips 0.1.4 (scaling layer, slices of
  // torchvision's features, `normalize_tensor`, `spatial_average`).
  it.each([
    ['a quarter of another image in it', mixed, 0.07885983429119585],
    ['another image', () => hashed(101, imageNumbers), 0.8603920061303261],
    ['its negative', (image: Float32Array) => image.map((value) => 1 - value), 1.1783747605108155],
  ])("[RE9] with AlexNet's own shapes is what NumPy says of an image and %s", (_, change, expected) => {
    const image = hashed(100, imageNumbers);
    expect(lpips(image, change(image), 64, 48)).toBeCloseTo(expected, 5);
  });

  it('[RE9] says in one line what weights or images it cannot take', () => {
    const { 'lin2.model.1.weight': _, ...fewer } = weights;
    expect(() => createLpips(fewer, 'w.safetensors')).toThrow(
      /w\.safetensors: has no lin2\.model\.1\.weight: LPIPS needs/,
    );
    const other = { ...weights, 'features.3.weight': array(8, 6, 3, 3) };
    expect(() => createLpips(other, 'w')).toThrow(
      /w: features\.3\.weight is \[8, 6, 3, 3\], not \[8, 6, 5, 5\]/,
    );
    const small = image(24, 40);
    expect(() => createLpips(weights, 'w')(small, small, 24, 40)).toThrow(
      /31 pixels a side or more, not 24 x 40/,
    );
  });
});
