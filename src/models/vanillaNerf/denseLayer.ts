/** One layer of a network, in tensor operations. */
import { RandomStream, randomKey, uniformAt } from '../../rng.ts';
import type { TensorParameter } from '../../tensors/sharedTensor.ts';
import * as tf from '../../tensors/tf.ts';

/**
 * `activation(x weights + bias)`; with a further input `activation(x weights + bias + y further_weights)`, which is one layer over
 * the two side by side, without the copying.
 */
export interface DenseLayer {
  /** Weights [inputs, outputs], bias [outputs], and the further input's weights. */
  readonly parameters: readonly TensorParameter[];
  /**
   * Differentiable in inputs and parameters.
   * @param x [n, inputs] float32
   * @param further [n, further inputs] float32, or [m, further inputs]: then each row belongs to n / m rows of `x` that follow
   * each other
   * @returns [n, outputs] float32; the caller disposes it
   */
  apply(x: tf.Tensor2D, further?: tf.Tensor2D): tf.Tensor2D;
}

export interface DenseLayerSettings {
  readonly name: string;
  readonly inputs: number;
  /** A second input: its weights are called `<name>/<its name>_weights`. */
  readonly further?: { readonly name: string; readonly inputs: number } | undefined;
  readonly outputs: number;
  readonly activation: 'relu' | 'linear';
  readonly seed: number;
  /** Different for each layer of a model. */
  readonly index: number;
}

/**
 * Weights are initialized uniformly in +-sqrt(6 / inputs) before a ReLU (He et al. 2015), else in +-sqrt(6 / (inputs + outputs))
 * (Glorot & Bengio 2010), over all inputs; biases are 0. The caller disposes the parameters.
 */
export function denseLayer(settings: DenseLayerSettings): DenseLayer {
  const { name, inputs, outputs, activation, further } = settings;
  const allInputs = inputs + (further?.inputs ?? 0);
  const bound = Math.sqrt(6 / (activation === 'relu' ? allInputs : allInputs + outputs));
  const key = randomKey(settings.seed, RandomStream.initialization, settings.index);
  const weightsOf = (rows: number, firstRow: number) => {
    const values = Float32Array.from(
      { length: rows * outputs },
      (_, k) => (uniformAt(key, firstRow * outputs + k) * 2 - 1) * bound,
    );
    return variableOf(values, [rows, outputs]) as tf.Variable<tf.Rank.R2>;
  };
  const weights = weightsOf(inputs, 0);
  const furtherWeights = further && weightsOf(further.inputs, inputs);
  const bias = variableOf(new Float32Array(outputs), [outputs]);
  return {
    parameters: [
      { name: `${name}/weights`, variable: weights },
      { name: `${name}/bias`, variable: bias },
      ...(furtherWeights ? [{ name: `${name}/${further.name}_weights`, variable: furtherWeights }] : []),
    ],
    apply(x, y) {
      const product = tf.fused.matMul({ a: x, b: weights, bias }) as tf.Tensor2D;
      const sum = furtherWeights && y ? addRows(product, tf.matMul(y, furtherWeights)) : product;
      return activation === 'relu' ? tf.relu(sum) : sum;
    },
  };
}

/** Adds row i of `rows` [m, width] to rows i n / m to (i + 1) n / m of `x` [n, width]. */
function addRows(x: tf.Tensor2D, rows: tf.Tensor2D): tf.Tensor2D {
  const [n, width] = x.shape;
  const [m] = rows.shape;
  if (m === n) return tf.add(x, rows);
  return tf.reshape(tf.add(tf.reshape(x, [m, n / m, width]), tf.expandDims(rows, 1)), [n, width]);
}

function variableOf(values: Float32Array, shape: number[]): tf.Variable {
  const tensor = tf.tensor(values, shape);
  const variable = tf.variable(tensor);
  tensor.dispose();
  return variable;
}
