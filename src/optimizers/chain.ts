/** Composes transforms. */
import { ConfigError } from '../errors.ts';
import { initialState, type MemorySpec, type Transform } from './transform.ts';

/**
 * The transforms one after the other: each takes what the one before it made. Put those that work on gradients first,
 * then the optimizer, then those that watch parameters.
 * @throws ConfigError when two of them use the same name for what they remember
 * @example chain(clipByGlobalNorm({ maxNorm: 1 }), adam(settings), ema({ decay: 0.999 }))
 */
export function chain(...transforms: readonly Transform[]): Transform {
  const memory = transforms
    .map((transform) => transform.memory)
    .reduce(mergeMemory, { slots: {}, scalars: {} });
  return {
    memory,
    init: (parameters) => initialState(memory, parameters),
    update(updates, state, parameters, learningRate) {
      let result = { updates, state };
      for (const transform of transforms)
        result = transform.update(result.updates, result.state, parameters, learningRate);
      return result;
    },
    updateInPlace(kernels, blocks, learningRate) {
      for (const transform of transforms) transform.updateInPlace(kernels, blocks, learningRate);
    },
  };
}

/** Both memories as one. @throws ConfigError on a name that both have */
export function mergeMemory(a: MemorySpec, b: MemorySpec): MemorySpec {
  const names = new Set([...Object.keys(a.slots), ...Object.keys(a.scalars)]);
  for (const name of [...Object.keys(b.slots), ...Object.keys(b.scalars)])
    if (names.has(name))
      throw new ConfigError(
        `two transforms of a chain remember something called ${name}; use each only once`,
      );
  return { slots: { ...a.slots, ...b.slots }, scalars: { ...a.scalars, ...b.scalars } };
}
