/** All parameter groups' optimizers as one object: moves groups, and saves and restores what they remember. */
import type { Gradients, Parameter } from '../pipeline/pipeline.ts';
import type { NamedArrays } from '../tensors/namedArrays.ts';

/** One optimizer per parameter group. */
export interface Optimizers {
  /**
   * Moves every parameter of `group` that has a gradient, once, in place.
   * @param learningRate the rate in force. @throws StepError when the update fails; no parameter of the group has moved then.
   */
  apply(group: string, gradients: Gradients, learningRate: number): void;
  /** Moments and step counts by name (`<group>/<parameter>/<slot>`), as views. */
  state(): NamedArrays;
  /** Takes back what {@link state} gave. @throws CheckpointError on an unknown name or a wrong shape. */
  restore(state: NamedArrays): void;
  dispose(): void;
}

/** Parameters by group: {@link Pipeline.groups}. */
export type ParameterGroups = Readonly<Record<string, readonly Parameter[]>>;
