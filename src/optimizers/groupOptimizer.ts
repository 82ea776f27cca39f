/** What both forms of a group's optimizer, reference and fused, look like to `createOptimizers`. */
import type { Gradients } from '../pipeline/pipeline.ts';
import type { ArrayData, NamedArrays } from '../tensors/namedArrays.ts';

export interface GroupOptimizer {
  /** Moves the parameters that have a gradient. Gradients of other groups are ignored. */
  apply(gradients: Gradients, learningRate: number): void;
  /** Slots and scalars by `<parameter>/<name>`. */
  state(): NamedArrays;
  /** Overwrites one entry of {@link state}; name and length were checked. */
  load(name: string, data: ArrayData): void;
  dispose(): void;
}
