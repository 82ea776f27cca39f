/** What a checkpoint holds: everything that the next step depends on. */
import type { NamedArrays } from '../tensors/namedArrays.ts';

/** JSON-like data that fits a checkpoint's header. */
export type Plain = null | boolean | number | string | readonly Plain[] | { readonly [key: string]: Plain };

export interface Checkpoint {
  /** Steps committed. */
  readonly step: number;
  /** Name of the engine that wrote it, for example `simd`. */
  readonly engine: string;
  /** The resolved configuration of the run. */
  readonly config: Plain;
  /** Small facts: training seconds, best metric so far, engine details (`kernels`)... Never in checksums. */
  readonly facts: Readonly<Record<string, Plain>>;
  /** `parameters/<group>/<name>`, `optimizers/...`, `schedulers/...`, `pipeline/...`, `accumulators/...` */
  readonly tensors: NamedArrays;
}
