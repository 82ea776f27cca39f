/** Lets an evaluation see the averages that `ema` keeps. */
import type { Engine } from '../tensors/engine.ts';
import type { NamedArrays } from '../tensors/namedArrays.ts';
import type { ParameterGroups } from './optimizers.ts';

/**
 * From now on every parameter that has an average (`ema`) holds it. Parameters and averages change places, so that nothing is copied; it takes milliseconds
 * for some millions of numbers all the same.
 * @param state the optimizers' `state()`
 * @returns brings back what the parameters held, bit for bit; to be called once, before anything else looks at them
 */
export function holdAverages(
  engine: Pick<Engine, 'substitute'>,
  groups: ParameterGroups,
  state: NamedArrays,
): () => void {
  const restore: (() => void)[] = [];
  const bringBack = () => {
    for (const undo of restore) undo();
  };
  try {
    for (const [group, parameters] of Object.entries(groups))
      for (const { name, variable } of parameters) {
        const average = state[`${group}/${name}/average`];
        if (average) restore.push(engine.substitute(variable, average.data as Float32Array));
      }
  } catch (error) {
    bringBack();
    throw error;
  }
  return bringBack;
}

/** Runs `evaluate` on the averages; the parameters are what was trained before and afterwards. @param state the optimizers' `state()` */
export function withAverages<T>(
  engine: Pick<Engine, 'substitute'>,
  groups: ParameterGroups,
  state: NamedArrays,
  evaluate: () => T,
): T {
  const bringBack = holdAverages(engine, groups, state);
  try {
    return evaluate();
  } finally {
    bringBack();
  }
}
