/** Adds up the gradients of several steps. It outlives a pause, and its sums are part of a checkpoint. */
import type { GroupConfig } from '../config/schema.ts';
import { CheckpointError } from '../errors.ts';
import type { EngineTensor, Gradients, Parameter } from '../pipeline/pipeline.ts';
import type { Engine, GradientSum } from '../tensors/engine.ts';
import type { NamedArrays, ShapedArray } from '../tensors/namedArrays.ts';
import { moveRows, type RowFollower } from './moveRows.ts';
import type { ParameterGroups } from './optimizers.ts';

/** Partial sums of every group with `accumulateSteps` > 1. */
export interface GradientAccumulator extends RowFollower {
  /**
   * Takes the gradients of a step in, and gives those of the groups that are due: the mean over their steps. Gradients of
   * groups that do not accumulate pass through; those of groups that are not due are left out. A step without any
   * gradient of a group (a skipped one) does not count for it. A step number that was the last one, too, is a
   * step that was discarded and computed again: it is not added twice.
   * @param own told of each tensor that was made here; the receiver disposes it when the emission has returned.
   */
  add(step: number, gradients: Gradients, own: (tensor: EngineTensor) => void): Gradients;
  /** Sums and counts, as views; empty where no group accumulates. */
  state(): NamedArrays;
  /** Takes back what {@link state} gave. @throws CheckpointError on an unknown or missing name; nothing is changed then. */
  restore(state: NamedArrays): void;
  dispose(): void;
}

interface Sum {
  readonly name: string;
  readonly parameter: Parameter;
  total: GradientSum;
  /** How many gradients were added. */
  added: number;
}

interface AccumulatingGroup {
  readonly name: string;
  readonly every: number;
  readonly sums: readonly Sum[];
  count: number;
}

/**
 * The sums of every group whose settings say `accumulateSteps` > 1, all empty. The caller disposes it.
 */
export function createGradientAccumulator(
  groups: ParameterGroups,
  config: Readonly<Record<string, Partial<Pick<GroupConfig, 'accumulateSteps'>>>>,
  engine: Pick<Engine, 'gradients'>,
): GradientAccumulator {
  const accumulating = Object.entries(groups).flatMap(([name, parameters]): AccumulatingGroup[] => {
    const every = config[name]?.accumulateSteps ?? 1;
    if (every === 1) return [];
    const sums = parameters.map((parameter) => ({
      name: parameter.name,
      parameter,
      total: engine.gradients.sum(parameter.variable.shape),
      added: 0,
    }));
    return [{ name, every, sums, count: 0 }];
  });
  const memory: { lastStep: number } = { lastStep: 0 };

  return {
    add(step, gradients, own) {
      if (accumulating.length === 0) return gradients;
      const passed: Record<string, EngineTensor> = { ...gradients };
      for (const group of accumulating) {
        const present = group.sums.some(({ name }) => gradients[name]);
        if (present && step !== memory.lastStep) addStep(group, gradients);
        const due = present && group.count === group.every;
        for (const sum of group.sums) {
          delete passed[sum.name];
          if (due && sum.added > 0) passed[sum.name] = mean(sum, group.every, gradients[sum.name], own);
        }
      }
      memory.lastStep = step;
      return passed;
    },
    moveRows(name, from) {
      const sums = accumulating.find((group) => group.name === name)?.sums ?? [];
      for (const sum of sums) {
        const { shape, size } = sum.parameter.variable;
        const moved = new Float32Array(size);
        moveRows(sum.total.read(), moved, from, 0);
        sum.total.dispose();
        sum.total = engine.gradients.sum(shape);
        sum.total.write(moved);
      }
    },
    state: () => (accumulating.length === 0 ? {} : stateOf(accumulating, memory.lastStep)),
    restore(state) {
      restore(accumulating, state, (lastStep) => {
        memory.lastStep = lastStep;
      });
    },
    dispose() {
      for (const { sums } of accumulating) for (const { total } of sums) total.dispose();
    },
  };
}

function addStep(group: AccumulatingGroup, gradients: Gradients): void {
  if (group.count === group.every) {
    group.count = 0;
    for (const sum of group.sums) sum.added = 0;
  }
  group.count++;
  for (const sum of group.sums) {
    const gradient = gradients[sum.name];
    if (!gradient) continue;
    if (sum.added === 0) sum.total.clear();
    sum.total.add(gradient);
    sum.added++;
  }
}

/** The sum divided by `count`: written over the leased gradient where the engine can. */
function mean(
  { total }: Sum,
  count: number,
  gradient: EngineTensor | undefined,
  own: (tensor: EngineTensor) => void,
): EngineTensor {
  const result = total.mean(count, gradient);
  if (result !== gradient) own(result);
  return result;
}

function stateOf(groups: readonly AccumulatingGroup[], lastStep: number): Record<string, ShapedArray> {
  const scalar = (value: number) => ({ shape: [], data: Float64Array.of(value) });
  const state: Record<string, ShapedArray> = { lastStep: scalar(lastStep) };
  for (const { name, count, sums } of groups) {
    state[`counts/${name}`] = scalar(count);
    for (const sum of sums) {
      state[`added/${sum.name}`] = scalar(sum.added);
      state[`sums/${sum.name}`] = { shape: sum.parameter.variable.shape, data: sum.total.read() };
    }
  }
  return state;
}

function restore(
  groups: readonly AccumulatingGroup[],
  state: NamedArrays,
  setLastStep: (step: number) => void,
): void {
  const expected = groups.length === 0 ? {} : stateOf(groups, 0);
  for (const name of Object.keys(state))
    if (!expected[name])
      throw new CheckpointError(`the checkpoint has accumulated gradients ${name}, which this run lacks`);
  for (const [name, { shape }] of Object.entries(expected))
    if (state[name]?.shape.join() !== shape.join())
      throw new CheckpointError(
        `the checkpoint lacks accumulated gradients ${name}, or they have another shape`,
      );
  const scalar = (name: string) => state[name]?.data[0] as number;
  for (const group of groups) {
    group.count = scalar(`counts/${group.name}`);
    for (const sum of group.sums) {
      sum.added = scalar(`added/${sum.name}`);
      sum.total.write(state[`sums/${sum.name}`]?.data ?? []);
    }
  }
  if (groups.length > 0) setLastStep(scalar('lastStep'));
}
