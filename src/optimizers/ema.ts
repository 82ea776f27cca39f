/** A moving average of the parameters, which often evaluates better than they do. */
import { runElementwise } from '../kernels/elementwise.ts';
import { liveValues } from '../tensors/liveValues.ts';
import type { NamedArrays } from '../tensors/namedArrays.ts';
import * as tf from '../tensors/tf.ts';
import type { ParameterGroups } from './optimizers.ts';
import { perParameter } from './perParameter.ts';
import type { Transform } from './transform.ts';

export interface EmaSettings {
  /** Share of the average that is kept at each update, in 0..1; for example 0.999. */
  readonly decay: number;
  /** Steps between updates, at least 1 (default): an average over many steps loses nothing by seeing every fourth only, and costs a quarter. */
  readonly every?: number;
  /** Whether the k-th update keeps min(decay, (1 + k) / (10 + k)), so that the first parameters are soon forgotten (as TensorFlow's ExponentialMovingAverage with num_updates). */
  readonly rampUp?: boolean;
}

/**
 * `average = average + (1 - decay) * (p - average)` every `every` steps, beginning with the initial parameters (Polyak & Juditsky 1992).
 * Comes after the optimizer; the average is the slot `average` of its state, and so part of checkpoints.
 */
export function ema({ decay, every = 1, rampUp = false }: EmaSettings): Transform {
  const keptAt = (update: number) => (rampUp ? Math.min(decay, (1 + update) / (10 + update)) : decay);
  return perParameter({
    memory: { slots: { average: 'parameter' }, scalars: { emaCount: 0 } },
    update(change, { slots, scalars: { emaCount = 0 } }, parameter) {
      const scalars = { emaCount: emaCount + 1 };
      if (scalars.emaCount % every !== 0) return { update: change, scalars };
      const before = slots['average'] as tf.Tensor;
      const moved = tf.add(parameter, change);
      const share = 1 - keptAt(scalars.emaCount / every);
      return {
        update: change,
        slots: { average: tf.add(before, tf.mul(tf.sub(moved, before), share)) },
        scalars,
      };
    },
    updateInPlace(kernels, { parameter, slots, scalars, count }) {
      const emaCount = (scalars['emaCount'] ?? 0) + 1;
      scalars['emaCount'] = emaCount;
      if (emaCount % every !== 0) return;
      const share = 1 - keptAt(emaCount / every);
      runElementwise(kernels, 'lerpInPlace', count, [slots['average'] as number, parameter, share]);
    },
  });
}

/**
 * Runs `evaluate` while every parameter that has an average holds it; what the parameters held comes back afterwards, bit for bit.
 * Parameters and averages change places meanwhile, so that nothing is copied.
 * @param state the optimizers' `state()`
 */
export function withAverages<T>(groups: ParameterGroups, state: NamedArrays, evaluate: () => T): T {
  const restore: (() => void)[] = [];
  try {
    for (const [group, parameters] of Object.entries(groups))
      for (const { name, variable } of parameters) {
        const average = state[`${group}/${name}/average`];
        if (average) restore.push(borrow(variable, average.data as Float32Array));
      }
    return evaluate();
  } finally {
    for (const undo of restore) undo();
  }
}

/** Lets the variable hold `values`; @returns what brings its own values back. Until then `values` may hold those. */
function borrow(variable: tf.Variable, values: Float32Array): () => void {
  const live = liveValues(variable);
  const again = liveValues(variable);
  if (live.buffer === again.buffer && live.byteOffset === again.byteOffset) {
    exchange(live, values);
    return () => exchange(live, values);
  }
  // An engine that keeps its tensors elsewhere gives a new copy each time, and takes content through an assignment.
  const assign = (content: Float32Array) =>
    tf.tidy(() => variable.assign(tf.tensor(content, variable.shape)));
  assign(values);
  return () => assign(live);
}

const exchangedAtOnce = 16_384;

/** Swaps the contents of two arrays, a piece at a time: a table of parameters is too large to copy for every image. */
function exchange(a: Float32Array, b: Float32Array): void {
  const kept = new Float32Array(Math.min(a.length, exchangedAtOnce));
  for (let begin = 0; begin < a.length; begin += exchangedAtOnce) {
    const end = Math.min(a.length, begin + exchangedAtOnce);
    kept.set(a.subarray(begin, end));
    a.set(b.subarray(begin, end), begin);
    b.set(kept.subarray(0, end - begin), begin);
  }
}
