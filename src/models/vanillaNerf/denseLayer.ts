/** One layer of a network, in tensor operations. */
import type { Parameter } from '../../pipeline/pipeline.ts';
import { RandomStream, randomKey, uniformAt } from '../../rng.ts';
import * as tf from '../../tensors/tf.ts';

/** `activation(x weights + bias)`. */
export interface DenseLayer {
  /** Weights [inputs, outputs] and bias [outputs]. */
  readonly parameters: readonly Parameter[];
  /** @param x [n, inputs] float32 @returns [n, outputs] float32; differentiable; the caller disposes it */
  apply(x: tf.Tensor2D): tf.Tensor2D;
}

export interface DenseLayerSettings {
  readonly name: string;
  readonly inputs: number;
  readonly outputs: number;
  readonly activation: 'relu' | 'linear';
  readonly seed: number;
  /** Different for each layer of a model. */
  readonly index: number;
}

/**
 * Weights are initialized uniformly in +-sqrt(6 / inputs) before a ReLU (He et al. 2015), else in +-sqrt(6 / (inputs + outputs))
 * (Glorot & Bengio 2010); biases are 0. The caller disposes the parameters.
 */
export function denseLayer(settings: DenseLayerSettings): DenseLayer {
  const { name, inputs, outputs, activation, seed, index } = settings;
  const bound = Math.sqrt(6 / (activation === 'relu' ? inputs : inputs + outputs));
  const key = randomKey(seed, RandomStream.initialization, index);
  const values = Float32Array.from(
    { length: inputs * outputs },
    (_, k) => (uniformAt(key, k) * 2 - 1) * bound,
  );
  const weights = variableOf(values, [inputs, outputs]) as tf.Variable<tf.Rank.R2>;
  const bias = variableOf(new Float32Array(outputs), [outputs]);
  return {
    parameters: [
      { name: `${name}/weights`, variable: weights },
      { name: `${name}/bias`, variable: bias },
    ],
    apply: (x) => tf.fused.matMul({ a: x, b: weights, bias, activation }) as tf.Tensor2D,
  };
}

function variableOf(values: Float32Array, shape: number[]): tf.Variable {
  const tensor = tf.tensor(values, shape);
  const variable = tf.variable(tensor);
  tensor.dispose();
  return variable;
}
