/** Evaluates an operation and its gradients on a backend, so that backends, threads and kernel variants can be compared. */

import type { KernelVariant } from '../../src/kernels/kernelVariants.ts';
import { RandomStream, randomKey, uniformAt } from '../../src/rng.ts';
import { activateSimd } from '../../src/tensors/simd/registerSimd.ts';
import { startAllCores } from '../../src/tensors/simd/startAllCores.ts';
import * as tf from '../../src/tensors/tf.ts';
import { withKernels } from './kernelPools.ts';

/** Values of an input; gradients are taken of all that are not `constant`. */
export interface OpInput {
  readonly data: ArrayLike<number>;
  readonly shape: readonly number[];
  readonly dtype?: 'float32' | 'int32';
  readonly constant?: boolean;
}

/** What an operation makes of its inputs. */
export type Op = (...inputs: tf.Tensor[]) => readonly tf.Tensor[];

export interface OpResult {
  readonly values: readonly Float32Array[];
  /** Of a fixed weighted sum of all outputs, one for each input that is not constant. */
  readonly gradients: readonly Float32Array[];
}

/** Reproducible numbers in low..high. */
export function noise(count: number, low: number, high: number, seed = 1): Float32Array {
  const key = randomKey(seed, RandomStream.noise, 0);
  return Float32Array.from({ length: count }, (_, index) => low + (high - low) * uniformAt(key, index));
}

/** Runs `body` with `simd` as the active backend, and goes back to the plain one. */
export async function onSimd<T>(
  options: { readonly threads?: number; readonly variant?: KernelVariant },
  body: () => T,
): Promise<T> {
  return withKernels(options, async (kernels) => {
    const own = await activateSimd(kernels, startAllCores);
    try {
      return body();
    } finally {
      await tf.setBackend('cpu');
      own.dispose();
    }
  });
}

/** Values and gradients on the active backend; nothing is left behind. */
export function evaluateOp(op: Op, inputs: readonly OpInput[]): OpResult {
  return tf.tidy(() => {
    const tensors = inputs.map(({ data, shape, dtype = 'float32' }) =>
      tf.tensor(dtype === 'int32' ? Int32Array.from(data) : Float32Array.from(data), [...shape], dtype),
    );
    const values = op(...tensors).map((output) => Float32Array.from(output.dataSync()));
    const watched = tensors.filter((_, index) => !inputs[index]!.constant);
    if (watched.length === 0) return { values, gradients: [] };
    const gradients = tf.grads((...variables) => weightedSum(op(...fill(tensors, inputs, variables))))(
      watched,
    );
    return { values, gradients: gradients.map((gradient) => Float32Array.from(gradient.dataSync())) };
  });
}

/** Central differences of what {@link evaluateOp} differentiates, for up to `limit` elements of input `index`. */
export function differencesOf(op: Op, inputs: readonly OpInput[], index: number, step: number, limit = 24) {
  const { data } = inputs[index]!;
  const stride = Math.max(1, Math.floor(data.length / limit));
  const elements = Array.from({ length: Math.min(limit, data.length) }, (_, k) => k * stride);
  const at = (element: number, offset: number) =>
    tf.tidy(() => {
      const moved = inputs.map(({ data: values, shape, dtype }, position) => {
        const copy = dtype === 'int32' ? Int32Array.from(values) : Float32Array.from(values);
        if (position === index) copy[element]! += offset;
        return tf.tensor(copy, [...shape], dtype ?? 'float32');
      });
      const outputs = op(...moved);
      let sum = 0;
      outputs.forEach((output, which) => {
        const factors = factorsOf(output.size, which);
        output.dataSync().forEach((value, k) => {
          sum += value * factors[k]!;
        });
      });
      return sum;
    });
  return elements.map((element) => ({
    element,
    slope: (at(element, step) - at(element, -step)) / (2 * step),
  }));
}

function fill(tensors: readonly tf.Tensor[], inputs: readonly OpInput[], variables: readonly tf.Tensor[]) {
  let next = 0;
  return tensors.map((tensor, index) => (inputs[index]!.constant ? tensor : variables[next++]!));
}

function weightedSum(outputs: readonly tf.Tensor[]): tf.Scalar {
  return outputs
    .filter(({ dtype }) => dtype === 'float32')
    .map((output, which) => tf.sum(tf.mul(output, tf.tensor(factorsOf(output.size, which), output.shape))))
    .reduce((sum, term) => tf.add(sum, term)) as tf.Scalar;
}

function factorsOf(size: number, which: number): Float32Array {
  return noise(size, -1, 1, 70 + which);
}
