/** Activation functions of networks: their names, the kernels' codes for them, and how tensor operations compute them. */
import { truncExp } from '../../fields/truncExp.ts';
import * as tf from '../tf.ts';

/** In the order of the kernels' codes (src/kernels/assembly/opsActivations.ts). */
const names = ['none', 'relu', 'leakyRelu', 'sigmoid', 'tanh', 'softplus', 'exp', 'truncExp'] as const;

/** `truncExp` is `exp` whose gradient counts x as limited to -15..15. */
export type Activation = (typeof names)[number];

/** The kernels' number for an activation; -1 for an unknown name. */
export function activationCode(activation: Activation): number {
  return names.indexOf(activation);
}

/**
 * The activation of every element, differentiable.
 * @param slope of leaky ReLU below 0
 * @returns float32 of the same shape; the caller disposes it
 */
export function activate<T extends tf.Tensor>(x: T, activation: Activation, slope: number): T {
  switch (activation) {
    case 'none':
      return tf.clone(x);
    case 'relu':
      return tf.relu(x);
    case 'leakyRelu':
      return tf.leakyRelu(x, slope);
    case 'sigmoid':
      return tf.sigmoid(x);
    case 'tanh':
      return tf.tanh(x);
    case 'softplus':
      return tf.softplus(x);
    case 'exp':
      return tf.exp(x);
    case 'truncExp':
      return truncExp(x);
  }
}
