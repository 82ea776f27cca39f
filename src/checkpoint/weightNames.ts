/**
 * What the weights of a checkpoint are called in other programs' files: `parameters/encoding/table` is `encoding.table`.
 * `docs/checkpoint-format.md` has the mapping.
 */
import type { NamedArrays } from '../tensors/namedArrays.ts';

const prefix = 'parameters/';

/** A checkpoint's parameters, by the names that they have outside; optimizer states and the like are left out. */
export function weightsOf(tensors: NamedArrays): NamedArrays {
  return Object.fromEntries(
    Object.entries(tensors).flatMap(([name, array]) =>
      name.startsWith(prefix) ? [[outsideName(name.slice(prefix.length)), array]] : [],
    ),
  );
}

/**
 * Weights by the names that checkpoints use.
 *
 * @param parameters `<group>/<name>` of the model's parameters: a "." outside may stand for "/" or for itself
 * @returns arrays whose name is none of the model's keep it behind `parameters/`, to be refused by whoever restores them
 */
export function tensorsOfWeights(weights: NamedArrays, parameters: readonly string[]): NamedArrays {
  const inside = new Map(parameters.map((name) => [outsideName(name), name]));
  return Object.fromEntries(
    Object.entries(weights).map(([name, array]) => [`${prefix}${inside.get(name) ?? name}`, array]),
  );
}

function outsideName(name: string): string {
  return name.replaceAll('/', '.');
}
