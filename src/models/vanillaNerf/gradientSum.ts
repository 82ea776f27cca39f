/** Adds up the gradients of one step's passes. */
import type { Gradients } from '../../pipeline/pipeline.ts';
import type { TensorParameter } from '../../tensors/sharedTensor.ts';
import * as tf from '../../tensors/tf.ts';

export interface GradientSum {
  /** Takes over the tensors, which are keyed by variable name as `tf.variableGrads` gives them. */
  add(gradients: tf.NamedTensorMap): void;
  /** The sums by parameter name; they stay this object's. */
  readonly gradients: Gradients;
  /** Frees the sums: the next gradient begins new ones. */
  clear(): void;
}

export function gradientSum(parameters: readonly TensorParameter[]): GradientSum {
  const sums = new Map<string, tf.Tensor>();
  const names = new Map(parameters.map(({ name, variable }) => [variable.name, name]));
  return {
    add(gradients) {
      for (const [variable, gradient] of Object.entries(gradients)) {
        const name = names.get(variable)!;
        const before = sums.get(name);
        sums.set(name, tf.keep(before ? tf.add(before, gradient) : gradient));
        if (before) tf.dispose([before, gradient]);
      }
    },
    get gradients() {
      return Object.fromEntries(sums);
    },
    clear() {
      tf.dispose([...sums.values()]);
      sums.clear();
    },
  };
}
