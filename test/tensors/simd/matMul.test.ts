/** Matrix products against sums in float64, over shapes that leave no block whole, all transposed forms, and both kernel modules. */

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type KernelVariant, kernelVariants } from '../../../src/kernels/kernelVariants.ts';
import { RandomStream, randomKey, uniformAt } from '../../../src/rng.ts';
import { createEngine } from '../../../src/tensors/createEngine.ts';
import { type Engine, needed } from '../../../src/tensors/engine.ts';
import { kernelsInPlace } from '../../../src/tensors/kernelEngine.ts';
import { type MatMulShape, matMulBlocks, registerTiles } from '../../../src/tensors/simd/matMulPlan.ts';
import { runMatMul } from '../../../src/tensors/simd/runMatMul.ts';
import * as tf from '../../../src/tensors/tf.ts';
import { withKernels } from '../../support/kernelPools.ts';

let engine: Engine;
beforeAll(async () => {
  engine = await createEngine({ engine: 'simd', threads: 2 });
});
afterAll(() => engine.dispose());

/** Numbers in -1..1. */
function random(count: number, seed = 1): Float32Array {
  const key = randomKey(seed, RandomStream.noise, 0);
  return Float32Array.from({ length: count }, (_, index) => 2 * uniformAt(key, index) - 1);
}

interface Form {
  readonly transposeA: boolean;
  readonly transposeB: boolean;
}
const forms: readonly Form[] = [false, true].flatMap((transposeA) =>
  [false, true].map((transposeB) => ({ transposeA, transposeB })),
);

/** The product of one batch as a sum in float64, and the sum of the terms' sizes, which bounds its rounding errors. */
function expected(a: Float32Array, b: Float32Array, { rows, columns, depth }: MatMulShape, form: Form) {
  const product = new Float64Array(rows * columns);
  const size = new Float64Array(rows * columns);
  for (let i = 0; i < rows; i++)
    for (let k = 0; k < depth; k++) {
      const left = a[form.transposeA ? k * rows + i : i * depth + k]!;
      for (let j = 0; j < columns; j++) {
        const term = left * b[form.transposeB ? j * depth + k : k * columns + j]!;
        product[i * columns + j]! += term;
        size[i * columns + j]! += Math.abs(term);
      }
    }
  return { product, size };
}

function expectProduct(actual: ArrayLike<number>, { product, size }: ReturnType<typeof expected>): void {
  const worst = product.reduce(
    (most, value, index) => Math.max(most, Math.abs(actual[index]! - value) / (size[index]! + 1e-30)),
    0,
  );
  expect(worst).toBeLessThan(2e-6);
  expect(actual.length).toBe(product.length);
}

/** [rows, depth, columns]: single elements, edges of the 3 x 12 tile, of the blocks (66 rows, 256 deep), of the tiles (516 columns), narrow ones. */
const shapes: readonly (readonly [number, number, number])[] = [
  [1, 1, 1],
  [1, 7, 1],
  [3, 4, 12],
  [2, 3, 5],
  [4, 9, 13],
  [25, 257, 11],
  [5, 513, 37],
  [97, 63, 50],
  [1, 100, 530],
  [530, 30, 1],
  [260, 33, 4],
  [4, 33, 260],
  [13, 5, 1050],
  [400, 17, 24],
  [7, 4100, 9],
  [30, 2100, 3],
];

/** The library's product of two matrices of random numbers in one form. */
function product([rows, depth, columns]: readonly [number, number, number], form: Form): Float32Array {
  return tf.tidy(() => {
    const a = tf.tensor2d(random(rows * depth), form.transposeA ? [depth, rows] : [rows, depth]);
    const b = tf.tensor2d(random(depth * columns, 2), form.transposeB ? [columns, depth] : [depth, columns]);
    return tf.matMul(a, b, form.transposeA, form.transposeB).dataSync<'float32'>();
  });
}

describe('tf.matMul on simd', () => {
  it.each(forms)('equals sums in float64, %o', (form) => {
    for (const [rows, depth, columns] of shapes) {
      const shape = { batches: 1, rows, columns, depth };
      const inputs = [random(rows * depth), random(depth * columns, 2)] as const;
      expectProduct(product([rows, depth, columns], form), expected(...inputs, shape, form));
    }
  });

  it('covers products in several slots, tiles and units', () => {
    const blocks = shapes.map(([rows, depth, columns]) =>
      matMulBlocks({ batches: 1, rows, columns, depth }, registerTiles.relaxed),
    );
    expect(Math.max(...blocks.map(({ slots }) => slots))).toBeGreaterThan(1);
    expect(Math.max(...blocks.map(({ rowTiles }) => rowTiles))).toBeGreaterThan(1);
    expect(Math.max(...blocks.map(({ columnTiles }) => columnTiles))).toBeGreaterThan(1);
    expect(Math.max(...blocks.map(({ units }) => units))).toBeGreaterThan(3);
  });

  it.each(['wide', 'relaxed'] as const)(
    'cuts every product into tiles that cover it, none of them empty (%s)',
    (variant) => {
      for (const rows of [1, 2, 143, 145, 1000, 4613, 65_536])
        for (const columns of [1, 13, 240, 256, 517, 1500, 5282, 30_000]) {
          const blocks = matMulBlocks({ batches: 1, rows, columns, depth: 3000 }, registerTiles[variant]);
          const { tileRows, rowTiles, tileColumns, columnTiles, slots, slotDepth, units } = blocks;
          for (const [size, tile, tiles] of [
            [rows, tileRows, rowTiles],
            [columns, tileColumns, columnTiles],
            [3000, slotDepth, slots],
          ] as const) {
            expect(tile * tiles).toBeGreaterThanOrEqual(size);
            expect(tile * (tiles - 1)).toBeLessThan(size);
          }
          expect(units).toBeLessThanOrEqual(65_535);
        }
    },
  );

  it('broadcasts batches of either side, in every dimension', () => {
    for (const [left, right] of [
      [[5], [5]],
      [[1], [4]],
      [[3], [1]],
      [
        [2, 1],
        [1, 3],
      ],
      [[2, 3], [3]],
      [[], [2, 2]],
      [[300], [300]],
    ] as const)
      for (const { transposeA, transposeB } of forms) {
        const [a, b] = tf.tidy(() => [
          tf.keep(
            tf.tensor(random(tf.util.sizeFromShape([...left]) * 35), [
              ...left,
              ...(transposeA ? [7, 5] : [5, 7]),
            ]),
          ),
          tf.keep(
            tf.tensor(random(tf.util.sizeFromShape([...right]) * 42, 2), [
              ...right,
              ...(transposeB ? [6, 7] : [7, 6]),
            ]),
          ),
        ]);
        const swap = (rank: number) => [...Array(rank - 2).keys(), rank - 1, rank - 2];
        const out = tf.matMul(a!, b!, transposeA, transposeB);
        const byHand = tf.tidy(() => {
          const x = transposeA ? tf.transpose(a!, swap(a!.rank)) : a!;
          const y = transposeB ? tf.transpose(b!, swap(b!.rank)) : b!;
          return tf.sum(tf.mul(tf.expandDims(x, -1), tf.expandDims(y, -3)), -2);
        });
        expect(out.shape).toEqual(byHand.shape);
        expect(out.dataSync()).toBeAllClose(byHand.dataSync() as Float32Array, { atol: 1e-5 });
        tf.dispose([a!, b!, out, byHand]);
      }
  });

  it('carries NaN and infinities to the elements that they belong to, and to no other', () => {
    const a = random(5 * 6);
    [a[1], a[13], a[20]] = [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
    const b = random(6 * 14, 2);
    const out = tf.matMul(tf.tensor2d(a, [5, 6]), tf.tensor2d(b, [6, 14])).dataSync<'float32'>();
    const { product } = expected(a, b, { batches: 1, rows: 5, depth: 6, columns: 14 }, forms[0]!);
    expect(out).toBeAllClose(product);
    expect(out.filter(Number.isNaN)).toHaveLength(14);
  });

  it('handles no rows, no columns, no depth, integers', () => {
    const zeros = (rows: number, columns: number) => tf.zeros([rows, columns]) as tf.Tensor2D;
    expect(tf.matMul(zeros(0, 3), zeros(3, 2)).shape).toEqual([0, 2]);
    expect(tf.matMul(zeros(2, 3), zeros(3, 0)).shape).toEqual([2, 0]);
    expect(tf.matMul(zeros(2, 0), zeros(0, 3)).arraySync()).toEqual([
      [0, 0, 0],
      [0, 0, 0],
    ]);
    const integers = tf.matMul(tf.tensor2d([1, 2], [1, 2], 'int32'), tf.tensor2d([3, 4], [2, 1], 'int32'));
    expect(integers.dtype).toBe('int32');
    expect(integers.arraySync()).toEqual([[11]]);
    expect(() => tf.matMul(zeros(2, 3), zeros(2, 3))).toThrow(/must match/);
  });

  it('has the gradients of the product, in every form', () => {
    for (const { transposeA, transposeB } of forms) {
      const a = tf.tensor2d(random(5 * 7), transposeA ? [7, 5] : [5, 7]);
      const b = tf.tensor2d(random(7 * 6, 2), transposeB ? [6, 7] : [7, 6]);
      const weights = tf.tensor2d(random(30, 3), [5, 6]);
      const loss = (x: tf.Tensor, y: tf.Tensor) =>
        tf.sum(
          tf.mul(tf.matMul(x as tf.Tensor2D, y as tf.Tensor2D, transposeA, transposeB), weights),
        ) as tf.Scalar;
      const [da, db] = tf.grads(loss)([a, b]) as [tf.Tensor, tf.Tensor];
      // The loss is linear in either factor: a difference over a step of 1 is exact but for rounding.
      const difference = (which: 0 | 1, index: number) => {
        const moved = [a, b].map((tensor, position) => {
          const data = Float32Array.from(tensor.dataSync<'float32'>());
          if (position === which) data[index]! += 1;
          return tf.tensor2d(data, tensor.shape);
        }) as [tf.Tensor, tf.Tensor];
        return loss(...moved).arraySync() - loss(a, b).arraySync();
      };
      for (const index of [0, 11, 34]) expect(da.dataSync()[index]).toBeCloseTo(difference(0, index), 4);
      for (const index of [0, 11, 41]) expect(db.dataSync()[index]).toBeCloseTo(difference(1, index), 4);
    }
  });

  it('gives all memory back', () => {
    const before = {
      bytes: needed(engine, kernelsInPlace, 'this test').memoryUse.usedBytes,
      tensors: tf.memory().numTensors,
    };
    for (const shape of shapes) product(shape, forms[1]!);
    expect({
      bytes: needed(engine, kernelsInPlace, 'this test').memoryUse.usedBytes,
      tensors: tf.memory().numTensors,
    }).toEqual(before);
  });
});

describe('tf.fused.matMul on simd', () => {
  const activations = ['linear', 'relu', 'relu6', 'elu', 'sigmoid', 'leakyrelu', 'prelu'] as const;
  it.each(activations)('adds the bias and applies %s', (activation) => {
    for (const [rows, depth, columns] of [
      [5, 7, 13],
      [100, 3, 2],
      [9, 2100, 12],
    ] as const)
      for (const biasShape of [undefined, [columns], [1, columns], [1], [rows, columns]]) {
        tf.tidy(() => {
          const a = tf.tensor2d(random(rows * depth), [rows, depth]);
          const b = tf.tensor2d(random(depth * columns, 2), [depth, columns]);
          const bias = biasShape && tf.tensor(random(tf.util.sizeFromShape(biasShape), 3), biasShape);
          const weights = tf.tensor1d(random(columns, 4));
          const fused = tf.fused.matMul({
            ...{ a, b, activation, leakyreluAlpha: 0.3 },
            ...(bias ? { bias } : {}),
            ...(activation === 'prelu' ? { preluActivationWeights: weights } : {}),
          });
          const product = tf.matMul(a, b);
          const sum = bias ? tf.add(product, bias) : product;
          const plain = {
            linear: () => sum,
            relu: () => tf.relu(sum),
            relu6: () => tf.relu6(sum),
            elu: () => tf.elu(sum),
            sigmoid: () => tf.sigmoid(sum),
            leakyrelu: () => tf.leakyRelu(sum, 0.3),
            prelu: () => tf.prelu(sum, weights),
          }[activation]();
          expect(fused.dataSync()).toBeAllClose(plain.dataSync() as Float32Array);
        });
      }
  });

  it('keeps NaN through the activations', () => {
    for (const activation of ['relu', 'relu6', 'leakyrelu'] as const)
      expect(
        tf.fused
          .matMul({ a: tf.tensor2d([[Number.NaN, -1]]), b: tf.tensor2d([[1], [1]]), activation })
          .dataSync()[0],
      ).toBeNaN();
  });
});

describe('the kernel on its own', () => {
  const known = new Map<string, Promise<Buffer[]>>();
  /** Products of all shapes with one number of threads and one module, computed once. */
  const products = (threads: number, variant: KernelVariant) => {
    const name = `${variant} ${threads}`;
    const found = known.get(name) ?? compute(threads, variant);
    known.set(name, found);
    return found;
  };
  const compute = (threads: number, variant: KernelVariant) =>
    withKernels({ threads, variant }, (kernels) =>
      shapes.map(([rows, depth, columns]) => {
        const a = kernels.reserve(4 * rows * depth);
        const b = kernels.reserve(4 * depth * columns);
        const c = kernels.reserve(4 * rows * columns);
        kernels.float32(a, rows * depth).set(random(rows * depth));
        kernels.float32(b, depth * columns).set(random(depth * columns, 2));
        runMatMul(
          kernels,
          { batches: 1, rows, columns, depth },
          { addresses: [a], rowStep: 4 * depth, columnStep: 4 },
          { addresses: [b], rowStep: 4 * columns, columnStep: 4 },
          c,
        );
        return Buffer.from(kernels.float32(c, rows * columns).slice().buffer);
      }),
    );

  it.each(kernelVariants)('gives the same bits on 1, 2, 3 and 7 threads (%s)', async (variant) => {
    const one = await products(1, variant);
    for (const threads of [2, 3, 7]) expect(await products(threads, variant)).toEqual(one);
  });

  it('agrees between the modules to rounding', async () => {
    const numbers = (from: Buffer) => new Float32Array(Uint8Array.from(from).buffer);
    const base = await products(2, 'base');
    for (const variant of ['relaxed', 'wide'] as const) {
      const others = await products(2, variant);
      others.forEach((bytes, index) => {
        expect(numbers(bytes)).toBeAllClose(numbers(base[index]!), { rtol: 1e-5, atol: 2e-5 });
      });
    }
  });
});
