/** All parameter groups' optimizers as one object: moves groups, and saves and restores what they remember. */
import type { Gradients, Parameter } from '../pipeline/pipeline.ts';
import type { NamedArrays } from '../tensors/namedArrays.ts';
import type { RowFollower } from './moveRows.ts';

/** One optimizer per parameter group. */
export interface Optimizers extends RowFollower {
  /** Names of the groups. */
  readonly groups: readonly string[];
  /**
   * Looks at everything that could make {@link apply} fail, without moving anything.
   * @returns the groups that have a gradient, in the order of `groups`
   * @throws StepError for a gradient that belongs to no parameter or has another shape than it
   */
  check(gradients: Gradients, step: number): readonly string[];
  /**
   * Moves every parameter of `group` that has a gradient, once, in place. Gradients are only leased, and may be
   * overwritten; call {@link check} first.
   * @param learningRate the rate in force.
   */
  apply(group: string, gradients: Gradients, learningRate: number): void;
  /** Moments and step counts by name (`<group>/<parameter>/<slot>`), as views where they are tensors. */
  state(): NamedArrays;
  /** Takes back what {@link state} gave. @throws CheckpointError on an unknown or missing name or a wrong shape; nothing is changed then. */
  restore(state: NamedArrays): void;
  /** Frees the moments. Parameters live on: the pipeline owns them. */
  dispose(): void;
}

/** Parameters by group: {@link Pipeline.groups}. */
export type ParameterGroups = Readonly<Record<string, readonly Parameter[]>>;
