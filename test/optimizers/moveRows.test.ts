/** Rows of parameters that come and go: optimizer slots, averages and partial sums against a plain model of rows. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createOptimizers } from '../../src/optimizers/createOptimizers.ts';
import { createGradientAccumulator } from '../../src/optimizers/gradientAccumulator.ts';
import { optimizerSchema } from '../../src/optimizers/optimizerSchema.ts';
import { RandomStream, randomAt, randomKey, uniformAt } from '../../src/rng.ts';
import { createEngine } from '../../src/tensors/createEngine.ts';
import { type Engine, needed } from '../../src/tensors/engine.ts';
import { type GrowingParameter, growingParameter } from '../../src/tensors/growingParameter.ts';
import { kernelsInPlace } from '../../src/tensors/kernelEngine.ts';
import type { NamedArrays } from '../../src/tensors/namedArrays.ts';
import * as tf from '../../src/tensors/tf.ts';
import { cpuEngine } from '../support/cpuBackend.ts';

const capacity = 40;

let simd: Engine;
beforeAll(async () => {
  simd = await createEngine({ engine: 'simd', threads: 2 });
});
afterAll(() => simd.dispose());

/** Where each new row comes from: kept in another order, copied, dropped, new. */
function randomMoves(rows: number, key: number): Int32Array {
  const next = Math.floor(uniformAt(key, 0) * (capacity + 1));
  return Int32Array.from({ length: next }, (_, row) =>
    rows === 0 || uniformAt(key, 2 * row + 1) < 0.3 ? -1 : randomAt(key, 2 * row + 2) % rows,
  );
}

/** A plain growing parameter of any engine, as a user might write one. */
function plainParameter(
  name: string,
  rowSize: number,
): Omit<GrowingParameter, 'address' | 'gradientAddress'> {
  const data = new Float32Array(capacity * rowSize);
  const variableOf = (rows: number) =>
    tf.tidy(() => tf.variable(tf.tensor(data.slice(0, rows * rowSize), [rows, rowSize])));
  let variable = variableOf(0);
  let gradient = tf.zeros([0, rowSize]) as tf.Tensor;
  return {
    name,
    rowSize,
    data,
    get variable() {
      return variable;
    },
    get gradient() {
      return gradient;
    },
    resize(rows) {
      tf.dispose([variable, gradient]);
      variable = variableOf(rows);
      gradient = tf.zeros([rows, rowSize]);
    },
    dispose: () => tf.dispose([variable, gradient]),
  };
}

function runCommits(engine: Engine, commits: number, parameter: ReturnType<typeof plainParameter>): void {
  const groups = { grown: [parameter], other: [] };
  const optimizer = optimizerSchema.parse({ kind: 'adam', learningRate: 0.1 });
  const transforms = [{ kind: 'ema', decay: 0.9, every: 1, rampUp: false } as const];
  const optimizers = createOptimizers(groups, { grown: { optimizer, transforms } }, engine);
  const accumulator = createGradientAccumulator(groups, { grown: { accumulateSteps: 3 } }, engine);
  const { rowSize } = parameter;
  const rowsOf = (data: ArrayLike<number>) =>
    Array.from({ length: data.length / rowSize }, (_, row) =>
      Array.from({ length: rowSize }, (_, k) => data[row * rowSize + k]!),
    );
  const remembered = (): NamedArrays => ({ ...optimizers.state(), ...accumulator.state() });
  const zero = Array.from({ length: rowSize }, () => 0);

  for (let commit = 1; commit <= commits; commit++) {
    const key = randomKey(3, RandomStream.noise, commit);
    const { gradient } = parameter;
    engine.write(
      gradient,
      Float32Array.from({ length: gradient.size }, (_, k) => uniformAt(key, k) - 0.5),
    );
    const made: { dispose(): void }[] = [];
    const due = accumulator.add(commit, { [parameter.name]: gradient }, (tensor) => made.push(tensor));
    optimizers.apply('grown', due, 0.1);
    for (const tensor of made) tensor.dispose();
    // The plain model: rows as arrays of numbers.
    const values = rowsOf(engine.read(parameter.variable));
    const slots = new Map(
      Object.entries(remembered()).flatMap(([name, { shape, data }]) =>
        shape.length === 2 ? [[name, rowsOf(data)] as const] : [],
      ),
    );
    expect([...slots.keys()]).toEqual([
      'grown/grown/firstMoment',
      'grown/grown/secondMoment',
      'grown/grown/average',
      'sums/grown',
    ]);
    const from = randomMoves(values.length, mixed(key));
    const next = Array.from(from, (source, row) =>
      source >= 0 ? values[source]! : zero.map((_, k) => row + k / 8),
    );
    parameter.data.set(next.flat());
    parameter.resize(from.length);
    for (const follower of [optimizers, accumulator]) {
      follower.moveRows('grown', from);
      follower.moveRows('other', from);
    }

    expect(parameter.variable.shape).toEqual([from.length, rowSize]);
    expect(rowsOf(engine.read(parameter.variable))).toEqual(next);
    for (const [name, before] of slots) {
      const expected = Array.from(from, (source, row) => {
        if (source >= 0) return before[source]!;
        return name.endsWith('average') ? next[row]! : zero;
      });
      const { shape, data } = remembered()[name]!;
      expect(shape).toEqual([from.length, rowSize]);
      expect(rowsOf(data)).toEqual(expected);
    }
    optimizers.check({ [parameter.name]: parameter.gradient }, commit);
  }
  optimizers.dispose();
  accumulator.dispose();
  parameter.dispose();
}

const mixed = (key: number) => randomKey(key, RandomStream.shuffle, 1);

describe('rows that come and go', () => {
  it('[TR30] 1,000 random commits on the kernels leave what a plain model of rows has', () => {
    engineMemory(simd, () => {
      const kernels = needed(simd, kernelsInPlace, 'the test');
      runCommits(simd, 1000, growingParameter(kernels, 'grown', capacity, [3]));
    });
  });

  it('[TR30] 100 random commits on tensor operations do, too', async () => {
    const engine = await cpuEngine();
    engineMemory(engine, () => runCommits(engine, 100, plainParameter('grown', 2)));
  });

  it('says when there is no room', () => {
    simd.activate();
    const kernels = needed(simd, kernelsInPlace, 'the test');
    const parameter = growingParameter(kernels, 'means', 4, [3]);
    expect(() => parameter.resize(5)).toThrow('means: 5 rows, and there is room for 4');
    parameter.dispose();
  });
});

/** Nothing stays behind. */
function engineMemory(engine: Engine, body: () => void): void {
  engine.activate();
  const before = tf.memory().numTensors;
  body();
  expect(tf.memory().numTensors).toBe(before);
}
