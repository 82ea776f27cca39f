/** Makes a transform out of a rule that treats each parameter on its own, and takes care of who owns which tensor. */
import * as tf from '../tensors/tf.ts';
import {
  type Block,
  type BlockKernels,
  initialState,
  type Memory,
  type MemorySpec,
  type Transform,
} from './transform.ts';

/** What a rule makes of one parameter's update; slots and scalars that it does not name stay as they are. */
export interface ParameterUpdate {
  readonly update: tf.Tensor;
  readonly slots?: Readonly<Record<string, tf.Tensor>>;
  readonly scalars?: Readonly<Record<string, number>>;
}

/** A rule for one parameter at a time. */
export interface ParameterRule {
  readonly memory: MemorySpec;
  /** The reference form, on tfjs operations; it runs in a `tf.tidy` and disposes nothing. */
  update(
    update: tf.Tensor,
    memory: Memory,
    parameter: tf.Tensor,
    learningRate: number,
    name: string,
  ): ParameterUpdate;
  /** The fused form, on the block's memory. */
  updateInPlace(kernels: BlockKernels, block: Block, learningRate: number): void;
}

/** The transform that applies `rule` to every parameter that has an update. */
export function perParameter(rule: ParameterRule): Transform {
  return {
    memory: rule.memory,
    init: (parameters) => initialState(rule.memory, parameters),
    update(updates, state, parameters, learningRate) {
      const nextUpdates: Record<string, tf.Tensor> = {};
      const nextState: Record<string, Memory> = { ...state };
      for (const [name, update] of Object.entries(updates)) {
        const memory = state[name] as Memory;
        const next = tidyUpdate(() =>
          rule.update(update, memory, parameters[name] as tf.Tensor, learningRate, name),
        );
        nextUpdates[name] = next.update;
        nextState[name] = {
          slots: { ...memory.slots, ...next.slots },
          scalars: { ...memory.scalars, ...next.scalars },
        };
        if (next.update !== update) update.dispose();
        for (const [slot, tensor] of Object.entries(next.slots ?? {}))
          if (tensor !== memory.slots[slot]) memory.slots[slot]?.dispose();
      }
      return { updates: nextUpdates, state: nextState };
    },
    updateInPlace(kernels, blocks, learningRate) {
      for (const block of blocks) rule.updateInPlace(kernels, block, learningRate);
    },
  };
}

/** `tf.tidy` that keeps the tensors of a {@link ParameterUpdate}. */
function tidyUpdate(compute: () => ParameterUpdate): ParameterUpdate {
  let result: ParameterUpdate | undefined;
  tf.tidy(() => {
    result = compute();
    return [result.update, ...Object.values(result.slots ?? {})];
  });
  return result as ParameterUpdate;
}
