/** A group's optimizer on tfjs operations: for engines without kernels, and to hold the kernels against. */
import type { Gradients, Parameter } from '../pipeline/pipeline.ts';
import type { ShapedArray } from '../tensors/namedArrays.ts';
import * as tf from '../tensors/tf.ts';
import type { GroupOptimizer } from './groupOptimizer.ts';
import { moveRows } from './moveRows.ts';
import { disposeState, type Transform } from './transform.ts';

/** Runs `transform` in its reference form. Parameters keep their identity; their content is assigned. */
export function referenceGroupOptimizer(
  transform: Transform,
  parameters: readonly Parameter[],
): GroupOptimizer {
  const currentVariables = () =>
    Object.fromEntries(parameters.map(({ name, variable }) => [name, variable as tf.Variable]));
  let state = transform.init(currentVariables());

  const slotsAndScalars = () => {
    const entries: [string, ShapedArray][] = [];
    for (const [name, memory] of Object.entries(state)) {
      for (const [slot, tensor] of Object.entries(memory.slots))
        entries.push([`${name}/${slot}`, { shape: tensor.shape, data: tensor.dataSync<'float32'>() }]);
      for (const [scalar, value] of Object.entries(memory.scalars))
        entries.push([`${name}/${scalar}`, { shape: [], data: Float64Array.of(value) }]);
    }
    return entries;
  };

  return {
    apply(gradients: Gradients, learningRate) {
      const variables = currentVariables();
      const donated: Record<string, tf.Tensor> = {};
      for (const { name } of parameters)
        if (gradients[name]) donated[name] = (gradients[name] as tf.Tensor).clone();
      const result = transform.update(donated, state, variables, learningRate);
      state = result.state;
      for (const [name, change] of Object.entries(result.updates)) {
        const variable = variables[name] as tf.Variable;
        const moved = tf.add(variable, change);
        variable.assign(moved);
        tf.dispose([moved, change]);
      }
    },
    state: () => Object.fromEntries(slotsAndScalars()),
    load(path, data) {
      const at = path.lastIndexOf('/');
      const name = path.slice(0, at);
      const key = path.slice(at + 1);
      const memory = state[name] as NonNullable<(typeof state)[string]>;
      const slot = memory.slots[key];
      const loaded = slot
        ? {
            ...memory,
            slots: { ...memory.slots, [key]: tf.tensor(Float32Array.from(data), slot.shape) },
          }
        : { ...memory, scalars: { ...memory.scalars, [key]: data[0] as number } };
      slot?.dispose();
      state = { ...state, [name]: loaded };
    },
    moveRows(from) {
      const fresh = transform.init(currentVariables());
      for (const [name, memory] of Object.entries(fresh)) {
        const before = state[name] as (typeof state)[string];
        const slots = Object.entries(memory.slots).map(([slot, start]) => {
          const out = new Float32Array(start.size);
          moveRows(
            (before.slots[slot] as tf.Tensor).dataSync<'float32'>(),
            out,
            from,
            start.dataSync<'float32'>(),
          );
          return [slot, tf.tensor(out, start.shape)] as const;
        });
        tf.dispose([{ ...before.slots }, { ...memory.slots }]);
        state = { ...state, [name]: { slots: Object.fromEntries(slots), scalars: before.scalars } };
      }
    },
    dispose: () => disposeState(state),
  };
}
