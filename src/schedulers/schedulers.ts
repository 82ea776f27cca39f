/** All parameter groups' learning-rate schedules as one object. */
import type { NamedArrays } from '../tensors/namedArrays.ts';

/** One schedule per parameter group; a schedule is a function of the group's optimizer-step count. */
export interface Schedulers {
  /** The rate in force for the group's next optimizer step, factor included. */
  learningRate(group: string): number;
  /** Counts one optimizer step of each of these groups, or `by` of them: where schedules are walked through faster ({@link Horizon}). */
  step(groups: readonly string[], by?: number): void;
  /** Multiplies the group's schedule by `factor` (> 0) from now on; replaces the previous factor. @throws ConfigError for an unknown group */
  setFactor(group: string, factor: number): void;
  /** The group's factor: 1 unless {@link setFactor} changed it. @throws ConfigError for an unknown group */
  factor(group: string): number;
  /** Hands a metric to schedules that listen to it (plateau). Called at the boundary of the step that produced it. */
  observe(tag: string, value: number): void;
  /** Counts, factors, plateau memory: all that a resumed run needs. */
  state(): NamedArrays;
  /** Takes back what {@link state} gave. @throws CheckpointError on an unknown or missing name; nothing is changed then. */
  restore(state: NamedArrays): void;
}
