/** What moves one parameter group: an engine makes it from the group's settings, and may do so in any way it likes. */
import type { Gradients } from '../pipeline/pipeline.ts';
import type { ArrayData, NamedArrays } from '../tensors/namedArrays.ts';
import type { RowMoves } from './moveRows.ts';
import type { OptimizerConfig } from './optimizerSchema.ts';
import type { TransformConfig } from './transformSchema.ts';

/** A group's optimizer and what stands around it. */
export interface GroupOptimizerSettings {
  readonly optimizer: OptimizerConfig;
  readonly transforms?: readonly TransformConfig[] | undefined;
}

export interface GroupOptimizer {
  /** Moves the parameters that have a gradient. Gradients of other groups are ignored. */
  apply(gradients: Gradients, learningRate: number): void;
  /** Slots and scalars by `<parameter>/<name>`. */
  state(): NamedArrays;
  /** Overwrites one entry of {@link state}; name and length were checked. */
  load(name: string, data: ArrayData): void;
  /** Slots follow the rows of the group's parameters, which have moved already: see {@link RowMoves}. */
  moveRows(from: Int32Array): void;
  dispose(): void;
}
