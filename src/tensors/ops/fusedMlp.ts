/** A bias-free multilayer perceptron whose layers are computed together, as an operation on the tape. */
import { EngineError } from '../../errors.ts';
import * as tf from '../tf.ts';
import { type Activation, activate, activationCode } from './activations.ts';
import { hasKernel, runKernelOp } from './kernelOp.ts';

export interface FusedMlpSettings {
  /** Between layers; default `relu`. */
  readonly activation?: Activation;
  /** After the last layer; default `none`. */
  readonly outputActivation?: Activation;
  /** What `leakyRelu` multiplies values below 0 by, >= 0; default 0.01. */
  readonly leakySlope?: number;
  /** Hidden values up to this size are kept for the gradient, larger ones computed again, tile by tile; default 256 MiB. */
  readonly maxKeptBytes?: number;
}

const tileSamples = 64;

/**
 * `outputActivation(... activation(inputs weights[0]) ... weights[n - 1])`. Differentiable in the inputs and the weights. On
 * `simd`, tiles of 64 samples go through all layers while they lie in the processor's cache (Müller et al. 2021, "Real-time
 * Neural Radiance Caching", section 4); elsewhere it is a chain of products.
 *
 * @param inputs [samples, n] float32
 * @param weights at least one [inputs, outputs] float32; each takes as many inputs as the one before has outputs
 * @returns [samples, outputs of the last layer] float32; the caller disposes it
 * @throws EngineError for shapes that do not fit, an unknown activation or a negative slope
 */
export function fusedMlp(
  inputs: tf.Tensor2D,
  weights: readonly tf.Tensor2D[],
  settings: FusedMlpSettings = {},
): tf.Tensor2D {
  const { activation = 'relu', outputActivation = 'none', leakySlope = 0.01 } = settings;
  const { maxKeptBytes = 256 * 2 ** 20 } = settings;
  checkShapes(inputs, weights);
  for (const name of [activation, outputActivation])
    if (activationCode(name) < 0) throw new EngineError(`fusedMlp: no activation is called ${name}`);
  if (!(leakySlope >= 0)) throw new EngineError(`fusedMlp: leakySlope must be >= 0, not ${leakySlope}`);
  if (!hasKernel('FusedMlp'))
    return chainOfProducts(inputs, weights, activation, outputActivation, leakySlope);

  const hiddenRows = weights.slice(1).reduce((rows, weight) => rows + Math.ceil(weight.shape[0] / 4) * 4, 0);
  const keptBytes = Math.ceil(inputs.shape[0] / tileSamples) * tileSamples * hiddenRows * 4;
  const attrs = {
    hiddenActivation: activationCode(activation),
    outputActivation: activationCode(outputActivation),
    leakySlope,
    keep: tf.engine().isTapeOn() && keptBytes <= maxKeptBytes,
  };
  const operation = tf.customGrad((...args) => {
    const save = args.pop() as unknown as tf.GradSaveFunc;
    const tensors = args as tf.Tensor[];
    const [value, kept] = runKernelOp('FusedMlp', byIndex(tensors), attrs) as [tf.Tensor, tf.Tensor];
    save([value, kept, ...tensors]);
    const gradFunc = (dy: tf.Tensor, saved: tf.Tensor[]) =>
      runKernelOp('FusedMlpGradient', byIndex([dy, ...saved]), attrs);
    return { value, gradFunc };
  });
  return operation(inputs, ...weights) as tf.Tensor2D;
}

/** Tensors as the inputs '0', '1', ... of a kernel. */
function byIndex(tensors: readonly tf.Tensor[]): Record<string, tf.Tensor> {
  return Object.fromEntries(tensors.map((tensor, index) => [String(index), tensor]));
}

function chainOfProducts(
  inputs: tf.Tensor2D,
  weights: readonly tf.Tensor2D[],
  activation: Activation,
  outputActivation: Activation,
  leakySlope: number,
): tf.Tensor2D {
  return tf.tidy(() =>
    weights.reduce(
      (x, weight, index) =>
        activate(
          tf.matMul(x, weight),
          index < weights.length - 1 ? activation : outputActivation,
          leakySlope,
        ),
      inputs,
    ),
  );
}

function checkShapes(inputs: tf.Tensor2D, weights: readonly tf.Tensor2D[]): void {
  if (weights.length === 0) throw new EngineError('fusedMlp: there must be at least one layer of weights');
  weights.forEach((weight, index) => {
    const before = index === 0 ? inputs.shape[1] : weights[index - 1]!.shape[1];
    if (weight.shape[0] !== before)
      throw new EngineError(
        `fusedMlp: weights[${index}] must be [${before}, outputs], not [${weight.shape}]: it has another number of inputs than there are`,
      );
  });
}
