/** Plain arrays by name: the currency between pipeline, optimizers and checkpoints. */

/** Element types that a checkpoint can hold. */
export type ArrayData = Float32Array | Float64Array | Int32Array | Uint32Array | Uint16Array | Uint8Array;

/** A named array's content; `data.length` is the product of `shape` (`[]` is a scalar). */
export interface ShapedArray {
  readonly shape: readonly number[];
  readonly data: ArrayData;
}

/** Arrays by name. Names are paths such as `occupancy/grid`; insertion order carries no meaning. */
export type NamedArrays = Readonly<Record<string, ShapedArray>>;
