/**
 * An engine of one's own, and a pipeline for it: tensors are plain arrays, and nothing of the kernels or of the tensor library is
 * used. dependency-cruiser holds this file to that.
 */
import { ConfigError, EngineError } from '../../src/errors.ts';
import type { EngineTensor, Parameter, Pipeline } from '../../src/pipeline/pipeline.ts';
import type { Engine, GradientMath } from '../../src/tensors/engine.ts';

/** A tensor whose numbers lie in an array of JavaScript's. */
export class ArrayTensor implements EngineTensor {
  readonly size: number;
  isDisposed = false;

  constructor(
    readonly shape: readonly number[],
    readonly values: Float32Array,
  ) {
    this.size = values.length;
  }

  dispose(): void {
    this.isDisposed = true;
  }
}

export function arrayEngine(): Engine {
  return {
    name: 'arrays',
    threads: 1,
    description: 'engine arrays: of the tests',
    arithmetic: null,
    gradients: arrayMath,
    groupOptimizer: (parameters, { optimizer }) => {
      if (optimizer.kind !== 'sgd')
        throw new ConfigError(`the engine arrays has no optimizer ${optimizer.kind}`);
      return gradientDescent(parameters);
    },
    read: valuesOf,
    write: (variable, values) => valuesOf(variable).set(values),
    substitute(variable, values) {
      const own = valuesOf(variable).slice();
      valuesOf(variable).set(values);
      return () => valuesOf(variable).set(own);
    },
    activate() {},
    dispose() {},
  };
}

/** Fits y = a x + b to y = 2 x - 1 on five points; `state` counts commits. */
export function arrayLinePipeline(): Pipeline & { readonly values: () => number[] } {
  const variable = new ArrayTensor([2], Float32Array.of(0.25, 0.5));
  const gradient = new ArrayTensor([2], new Float32Array(2));
  const commits = new Float64Array(1);
  return {
    groups: { line: [{ name: 'coefficients', variable }] },
    trainStep() {
      const [slope, offset] = variable.values as unknown as [number, number];
      let loss = 0;
      gradient.values.fill(0);
      for (const x of [-1, -0.5, 0, 0.5, 1]) {
        const error = slope * x + offset - (2 * x - 1);
        loss += error ** 2 / 5;
        gradient.values[0]! += (2 * error * x) / 5;
        gradient.values[1]! += (2 * error) / 5;
      }
      return { losses: { loss }, gradients: { coefficients: gradient } };
    },
    commit() {
      commits[0]!++;
    },
    state: () => ({ commits: { shape: [1], data: commits } }),
    restore: (state) => commits.set(state['commits']?.data ?? []),
    dispose: () => variable.dispose(),
    values: () => [...variable.values, ...commits],
  };
}

function valuesOf(tensor: EngineTensor): Float32Array {
  if (!(tensor instanceof ArrayTensor)) throw new EngineError('the engine arrays has tensors of its own');
  return tensor.values;
}

const arrayMath: GradientMath = {
  isFinite: (gradient) => valuesOf(gradient).every(Number.isFinite),
  sumOfSquares: (gradient) => valuesOf(gradient).reduce((sum, value) => sum + value * value, 0),
  scale: (gradient, factor) => map(gradient, (value) => value * factor),
  clamp: (gradient, limit) => map(gradient, (value) => Math.min(limit, Math.max(-limit, value))),
  sum(shape) {
    const values = new Float32Array(shape.reduce((product, length) => product * length, 1));
    return {
      add(gradient) {
        for (const [index, value] of valuesOf(gradient).entries()) values[index]! += value;
      },
      mean: (count) =>
        new ArrayTensor(
          shape,
          values.map((value) => value / count),
        ),
      clear: () => values.fill(0),
      read: () => values,
      write: (saved) => values.set(saved),
      dispose() {},
    };
  },
};

/** In place. */
function map(gradient: EngineTensor, change: (value: number) => number): EngineTensor {
  const values = valuesOf(gradient);
  values.set(values.map(change));
  return gradient;
}

function gradientDescent(parameters: readonly Parameter[]): ReturnType<Engine['groupOptimizer']> {
  return {
    apply(gradients, learningRate) {
      for (const { name, variable } of parameters) {
        const gradient = gradients[name];
        if (!gradient) continue;
        const values = valuesOf(variable);
        values.set(values.map((value, index) => value - learningRate * valuesOf(gradient)[index]!));
      }
    },
    state: () => ({}),
    load() {},
    moveRows() {},
    dispose() {},
  };
}
