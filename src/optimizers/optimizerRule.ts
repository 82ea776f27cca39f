/**
 * The form in which every optimizer is written: which numbers a step needs, the update on tfjs operations, and the kernel
 * that does the same in one pass over memory.
 */
import * as tf from '../tensors/tf.ts';
import { perParameter } from './perParameter.ts';
import type { MemorySpec, Transform } from './transform.ts';

/** The change of a parameter and its new slots. */
export interface RuleStep {
  /** To be added to the parameter; of its shape. */
  readonly change: tf.Tensor;
  readonly slots?: Readonly<Record<string, tf.Tensor>>;
}

/** An optimizer. `Coefficients` are the numbers of one step (rate, bias corrections), computed in float64 for both forms. */
export interface OptimizerRule<Coefficients> {
  readonly memory: MemorySpec;
  /** The numbers of the next step, and the scalars after it. */
  coefficients(
    learningRate: number,
    scalars: Readonly<Record<string, number>>,
  ): { readonly step: Coefficients; readonly scalars: Readonly<Record<string, number>> };
  /** The reference form. Gradient, parameter and slots have one shape; it runs in a `tf.tidy` and disposes nothing. */
  update(
    gradient: tf.Tensor,
    parameter: tf.Tensor,
    slots: Readonly<Record<string, tf.Tensor>>,
    step: Coefficients,
  ): RuleStep;
  /** Name of the kernel of the fused form: `kernel(unit, pieceElements, count, parameter, gradient, ...slots, ...numbers)`. */
  readonly kernel: string;
  /** Slots in the kernel's order, where that is not the order of `memory`; address 0 stands for one that is not used. */
  readonly kernelSlots?: readonly string[];
  /** The kernel's numbers, in its order. */
  kernelNumbers(step: Coefficients): readonly number[];
}

/** The transform of an optimizer rule: turns gradients into parameter changes. */
export function optimizerTransform<Coefficients>(rule: OptimizerRule<Coefficients>): Transform {
  const slotNames = rule.kernelSlots ?? Object.keys(rule.memory.slots);
  return perParameter({
    memory: rule.memory,
    update(gradient, memory, parameter, learningRate) {
      const { step, scalars } = rule.coefficients(learningRate, memory.scalars);
      const { change, slots } = rule.update(gradient, parameter, memory.slots, step);
      return { update: change, slots: slots ?? {}, scalars };
    },
    updateInPlace(kernels, block, learningRate) {
      const { step, scalars } = rule.coefficients(learningRate, block.scalars);
      const slots = slotNames.map((slot) => block.slots[slot] ?? 0);
      kernels.run(rule.kernel, block.count, [
        block.parameter,
        block.gradient,
        ...slots,
        ...rule.kernelNumbers(step),
      ]);
      Object.assign(block.scalars, scalars);
    },
  });
}

/** Moving average `average + (value - average) * weight`; shapes agree. */
export function lerp(average: tf.Tensor, value: tf.Tensor, weight: number): tf.Tensor {
  return tf.add(average, tf.mul(tf.sub(value, average), weight));
}

/** `a * x + b * y` for tensors x, y of one shape. */
export function blend(a: number, x: tf.Tensor, b: number, y: tf.Tensor): tf.Tensor {
  return tf.add(tf.mul(x, a), tf.mul(y, b));
}

/** The gradient of the loss plus that of the penalty `factor / 2 * |parameter|^2`. */
export function withPenalty(gradient: tf.Tensor, parameter: tf.Tensor, factor: number): tf.Tensor {
  return factor === 0 ? gradient : tf.add(gradient, tf.mul(parameter, factor));
}
