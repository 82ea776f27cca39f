/** Lets an evaluation see the averages that `ema` keeps. */
import type { Engine } from '../tensors/engine.ts';
import type { NamedArrays } from '../tensors/namedArrays.ts';
import type { ParameterGroups } from './optimizers.ts';

/**
 * Runs `evaluate` while every parameter that has an average (`ema`) holds it; what the parameters held comes back afterwards, bit for bit.
 * Parameters and averages change places meanwhile, so that nothing is copied.
 * @param state the optimizers' `state()`
 */
export function withAverages<T>(
  engine: Pick<Engine, 'substitute'>,
  groups: ParameterGroups,
  state: NamedArrays,
  evaluate: () => T,
): T {
  const restore: (() => void)[] = [];
  try {
    for (const [group, parameters] of Object.entries(groups))
      for (const { name, variable } of parameters) {
        const average = state[`${group}/${name}/average`];
        if (average) restore.push(engine.substitute(variable, average.data as Float32Array));
      }
    return evaluate();
  } finally {
    for (const undo of restore) undo();
  }
}
