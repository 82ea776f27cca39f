/** Simplifies walks over several arrays at once: fewer, longer axes mean simpler kernels. */

/** One axis of a walk: its length, and how many elements each array advances along it. */
export interface WalkAxis {
  readonly size: number;
  readonly strides: readonly number[];
}

/**
 * Drops axes of length 1 and joins neighbours that every array walks without a jump; outermost first.
 * @returns the same walk in as few axes as possible; none at all for a single element
 */
export function collapseAxes(axes: readonly WalkAxis[]): WalkAxis[] {
  const joined: WalkAxis[] = [];
  for (const axis of axes) {
    if (axis.size === 1) continue;
    const outer = joined.at(-1);
    if (outer?.strides.every((stride, array) => stride === axis.strides[array]! * axis.size))
      joined[joined.length - 1] = { size: outer.size * axis.size, strides: axis.strides };
    else joined.push(axis);
  }
  return joined;
}

/** Elements that an array without gaps advances along each of its axes: `[12, 4, 1]` for the shape `[2, 3, 4]`. */
export function contiguousStrides(shape: readonly number[]): number[] {
  const strides = new Array<number>(shape.length);
  let stride = 1;
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    strides[axis] = stride;
    stride *= shape[axis] as number;
  }
  return strides;
}
