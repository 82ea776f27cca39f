/** Makes one optimizer step of several gradients, as a transform. */
import { runElementwise } from '../kernels/elementwise.ts';
import * as tf from '../tensors/tf.ts';
import { mergeMemory } from './chain.ts';
import { type Block, initialState, type Memory, type Transform } from './transform.ts';

/**
 * Hands the mean of each parameter's last `every` gradients to `inner`, and nothing in between: what `inner` counts is optimizer
 * steps. (In the trainer, the operator `accumulateGradients` does this for whole groups, so that schedules count the same.)
 * @param every at least 1
 */
export function accumulate(every: number, inner: Transform): Transform {
  const memory = mergeMemory({ slots: { gradientSum: 0 }, scalars: { microSteps: 0 } }, inner.memory);
  return {
    memory,
    init: (parameters) => initialState(memory, parameters),
    update(updates, state, parameters, learningRate) {
      const due: Record<string, tf.Tensor> = {};
      const next: Record<string, Memory> = { ...state };
      for (const [name, gradient] of Object.entries(updates)) {
        const { slots, scalars } = state[name] as Memory;
        const before = slots['gradientSum'] as tf.Tensor;
        const microSteps = (scalars['microSteps'] ?? 0) + 1;
        const sum = tf.add(before, gradient);
        if (microSteps === every) due[name] = tf.mul(sum, 1 / every);
        const gradientSum = microSteps === every ? tf.zerosLike(sum) : sum;
        next[name] = {
          slots: { ...slots, gradientSum },
          scalars: { ...scalars, microSteps: microSteps % every },
        };
        tf.dispose([before, gradient]);
        if (gradientSum !== sum) sum.dispose();
      }
      return inner.update(due, next, parameters, learningRate);
    },
    updateInPlace(kernels, blocks, learningRate) {
      const due: Block[] = [];
      for (const block of blocks) {
        const { count, gradient, scalars } = block;
        const sum = block.slots['gradientSum'] as number;
        const microSteps = (scalars['microSteps'] ?? 0) + 1;
        scalars['microSteps'] = microSteps % every;
        runElementwise(kernels, 'axpy', count, [sum, gradient, 1]);
        if (microSteps < every) continue;
        runElementwise(kernels, 'scaleInto', count, [gradient, sum, 1 / every]);
        kernels.float32(sum, count).fill(0);
        due.push(block);
      }
      inner.updateInPlace(kernels, due, learningRate);
    },
  };
}
