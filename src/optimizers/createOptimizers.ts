/** Gives every parameter group the optimizer that its config names. */
import { closest } from 'fastest-levenshtein';
import type { GroupConfig } from '../config/schema.ts';
import { CheckpointError, ConfigError, StepError } from '../errors.ts';
import type { Gradients } from '../pipeline/pipeline.ts';
import type { Engine } from '../tensors/engine.ts';
import type { NamedArrays, ShapedArray } from '../tensors/namedArrays.ts';
import { createGroupTransform } from './createGroupTransform.ts';
import { fusedGroupOptimizer } from './fusedGroupOptimizer.ts';
import type { GroupOptimizer } from './groupOptimizer.ts';
import type { Optimizers, ParameterGroups } from './optimizers.ts';
import { referenceGroupOptimizer } from './referenceGroupOptimizer.ts';
import type { Transform } from './transform.ts';

/** What `createOptimizers` needs of a group's config. */
export type GroupOptimizerConfig = Pick<GroupConfig, 'optimizer'> & Partial<Pick<GroupConfig, 'transforms'>>;

/**
 * One optimizer a group, in place on the kernels of `engine` where it has some, else on tfjs operations.
 * The caller disposes what it gets.
 * @param create makes the transform of a group from its settings; for transforms of your own.
 * @throws ConfigError for a group without optimizer, and for the optimizer of a group that does not exist
 */
export function createOptimizers(
  groups: ParameterGroups,
  config: Readonly<Record<string, GroupOptimizerConfig>>,
  engine?: Pick<Engine, 'kernels'>,
  create: (config: GroupOptimizerConfig, group: string) => Transform = ({ optimizer, transforms }) =>
    createGroupTransform(optimizer, transforms),
): Optimizers {
  checkGroups(groups, config);
  const kernels = engine?.kernels;
  const optimizers = new Map<string, GroupOptimizer>();
  const shapes = new Map<string, { readonly group: string; readonly shape: readonly number[] }>();
  for (const [group, parameters] of Object.entries(groups)) {
    for (const { name, variable } of parameters) {
      if (shapes.has(name)) throw new ConfigError(`two parameters are called ${name}; names must be unique`);
      shapes.set(name, { group, shape: variable.shape });
    }
    const settings = config[group];
    if (!settings) continue;
    const transform = create(settings, group);
    const optimizer = kernels
      ? fusedGroupOptimizer(transform, parameters, kernels)
      : referenceGroupOptimizer(transform, parameters);
    optimizers.set(group, optimizer);
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
      const present = groupsOf(gradients, shapes, step);
      return Object.keys(groups).filter((group) => present.has(group));
    },
    apply: (group, gradients, learningRate) => optimizers.get(group)?.apply(gradients, learningRate),
    state,
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

function checkGroups(groups: ParameterGroups, config: Readonly<Record<string, GroupOptimizerConfig>>): void {
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
  shapes: ReadonlyMap<string, { readonly group: string; readonly shape: readonly number[] }>,
  step: number,
): Set<string> {
  const present = new Set<string>();
  for (const [name, gradient] of Object.entries(gradients)) {
    const parameter = shapes.get(name);
    if (!parameter) throw new StepError(`step ${step}: the gradient ${name} belongs to no parameter`, step);
    if (gradient.isDisposed) throw new StepError(`step ${step}: the gradient of ${name} is disposed`, step);
    if (gradient.shape.join() !== parameter.shape.join())
      throw new StepError(
        `step ${step}: the gradient of ${name} has shape [${gradient.shape}], the parameter [${parameter.shape}]`,
        step,
      );
    present.add(parameter.group);
  }
  return present;
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
    if (array.shape.join() !== shape.join())
      throw new CheckpointError(
        `optimizer state ${name} has shape [${array.shape}] in the checkpoint, [${shape}] in this run`,
      );
  }
}
