/** Gives every parameter group the optimizer that its config names. */
import { closest } from 'fastest-levenshtein';
import { CheckpointError, ConfigError, StepError } from '../errors.ts';
import type { Gradients, Parameter } from '../pipeline/pipeline.ts';
import type { Engine } from '../tensors/engine.ts';
import type { NamedArrays, ShapedArray } from '../tensors/namedArrays.ts';
import type { GroupOptimizer, GroupOptimizerSettings } from './groupOptimizer.ts';
import type { Optimizers, ParameterGroups } from './optimizers.ts';

/**
 * One optimizer a group, made by the engine. The caller disposes what it gets.
 * @param engine what the parameters' tensors are of; for optimizers of your own: `{ groupOptimizer: (parameters, settings) => ... }`
 * @throws ConfigError for a group without optimizer, and for the optimizer of a group that does not exist
 */
export function createOptimizers(
  groups: ParameterGroups,
  config: Readonly<Record<string, GroupOptimizerSettings>>,
  engine: Pick<Engine, 'groupOptimizer'>,
): Optimizers {
  checkGroups(groups, config);
  const optimizers = new Map<string, GroupOptimizer>();
  const known = new Map<string, { readonly group: string; readonly parameter: Parameter }>();
  for (const [group, parameters] of Object.entries(groups)) {
    for (const parameter of parameters) {
      const { name } = parameter;
      if (known.has(name)) throw new ConfigError(`two parameters are called ${name}; names must be unique`);
      known.set(name, { group, parameter });
    }
    const settings = config[group];
    if (settings) optimizers.set(group, engine.groupOptimizer(parameters, settings));
  }

  const state = () => {
    const all: Record<string, ShapedArray> = {};
    for (const [group, optimizer] of optimizers)
      for (const [name, array] of Object.entries(optimizer.state())) all[`${group}/${name}`] = array;
    return all;
  };
  return {
    groups: Object.keys(groups),
    check(gradients, step) {
      const present = groupsOf(gradients, known, step);
      return Object.keys(groups).filter((group) => present.has(group));
    },
    apply: (group, gradients, learningRate) => optimizers.get(group)?.apply(gradients, learningRate),
    state,
    moveRows: (group, from) => optimizers.get(group)?.moveRows(from),
    restore(saved) {
      checkState(state(), saved);
      for (const [path, { data }] of Object.entries(saved)) {
        const at = path.indexOf('/');
        optimizers.get(path.slice(0, at))?.load(path.slice(at + 1), data);
      }
    },
    dispose() {
      for (const optimizer of optimizers.values()) optimizer.dispose();
    },
  };
}

function checkGroups(
  groups: ParameterGroups,
  config: Readonly<Record<string, GroupOptimizerSettings>>,
): void {
  const names = Object.keys(groups);
  for (const group of Object.keys(config)) {
    if (groups[group]) continue;
    const hint = names.length > 0 ? `, did you mean groups.${closest(group, names)}?` : '';
    throw new ConfigError(
      `groups.${group}: the model has no parameter group of that name${hint} (it has: ${names.join(', ') || 'none'})`,
      { path: `groups.${group}` },
    );
  }
  for (const [group, parameters] of Object.entries(groups))
    if (parameters.length > 0 && !config[group]?.optimizer)
      throw new ConfigError(
        `groups.${group}: this parameter group of the model has no optimizer; set groups.${group}.optimizer`,
        { path: `groups.${group}.optimizer` },
      );
}

function groupsOf(
  gradients: Gradients,
  known: ReadonlyMap<string, { readonly group: string; readonly parameter: Parameter }>,
  step: number,
): Set<string> {
  const present = new Set<string>();
  for (const [name, gradient] of Object.entries(gradients)) {
    const owner = known.get(name);
    if (!owner) throw new StepError(`step ${step}: the gradient ${name} belongs to no parameter`, step);
    if (gradient.isDisposed) throw new StepError(`step ${step}: the gradient of ${name} is disposed`, step);
    const { shape } = owner.parameter.variable;
    if (!isSameShape(gradient.shape, shape))
      throw new StepError(
        `step ${step}: the gradient of ${name} has shape [${gradient.shape}], the parameter [${shape}]`,
        step,
      );
    present.add(owner.group);
  }
  return present;
}

function isSameShape(a: readonly number[], b: readonly number[]): boolean {
  return a.length === b.length && a.every((length, dimension) => length === b[dimension]);
}

function checkState(expected: NamedArrays, saved: NamedArrays): void {
  for (const name of Object.keys(saved))
    if (!expected[name])
      throw new CheckpointError(
        `the checkpoint has optimizer state ${name}, which this run's optimizers lack`,
      );
  for (const [name, { shape }] of Object.entries(expected)) {
    const array = saved[name];
    if (!array) throw new CheckpointError(`the checkpoint lacks optimizer state ${name}`);
    if (!isSameShape(array.shape, shape))
      throw new CheckpointError(
        `optimizer state ${name} has shape [${array.shape}] in the checkpoint, [${shape}] in this run`,
      );
  }
}
