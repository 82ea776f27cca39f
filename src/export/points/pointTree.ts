/** Finds a point's nearest neighbours, however unevenly the points are spread: a k-d tree. */

/** Ranges of so many points are looked through. */
const leafSize = 8;

/** The neighbours of the last point that was asked for, nearest first; used again for the next one. */
export interface Neighbours {
  /** How many there are: as many as were wanted, or all other points. */
  count: number;
  readonly indices: Int32Array;
  /** Squares of their distances. */
  readonly squares: Float64Array;
}

/** Gives the nearest neighbours of point `index`, without itself. */
export type FindNeighbours = (index: number) => Neighbours;

/**
 * @param positions [points, 3] float32
 * @param wanted how many neighbours, at least 1
 */
export function createPointTree(positions: Float32Array, wanted: number): FindNeighbours {
  const { order, axes } = grow(positions);
  const indices = new Int32Array(wanted);
  const squares = new Float64Array(wanted);
  const found: Neighbours = { count: 0, indices, squares };
  let [self, x, y, z] = [0, 0, 0, 0];

  const consider = (index: number): void => {
    const dx = positions[index * 3]! - x;
    const dy = positions[index * 3 + 1]! - y;
    const dz = positions[index * 3 + 2]! - z;
    const square = dx * dx + dy * dy + dz * dz;
    if (index === self || (found.count === wanted && square >= squares[wanted - 1]!)) return;
    let place = found.count < wanted ? found.count++ : wanted - 1;
    for (; place > 0 && squares[place - 1]! > square; place--) {
      squares[place] = squares[place - 1]!;
      indices[place] = indices[place - 1]!;
    }
    squares[place] = square;
    indices[place] = index;
  };

  const search = (begin: number, end: number): void => {
    if (end - begin <= leafSize) {
      for (let at = begin; at < end; at++) consider(order[at]!);
      return;
    }
    const middle = (begin + end) >>> 1;
    const axis = axes[middle]!;
    const beyond = (axis === 0 ? x : axis === 1 ? y : z) - positions[order[middle]! * 3 + axis]!;
    if (beyond < 0) search(begin, middle);
    else search(middle + 1, end);
    consider(order[middle]!);
    if (found.count === wanted && beyond * beyond >= squares[wanted - 1]!) return;
    if (beyond < 0) search(middle + 1, end);
    else search(begin, middle);
  };

  return (index) => {
    self = index;
    x = positions[index * 3]!;
    y = positions[index * 3 + 1]!;
    z = positions[index * 3 + 2]!;
    found.count = 0;
    search(0, order.length);
    return found;
  };
}

/** Points in the order of the tree: the middle of a range divides it along the axis that `axes` has there, the longest of the range. */
function grow(positions: Float32Array): { readonly order: Int32Array; readonly axes: Uint8Array } {
  const count = positions.length / 3;
  const order = Int32Array.from({ length: count }, (_, index) => index);
  const axes = new Uint8Array(count);
  const divide = (begin: number, end: number): void => {
    if (end - begin <= leafSize) return;
    const middle = (begin + end) >>> 1;
    const axis = longestAxis(positions, order, begin, end);
    axes[middle] = axis;
    select(positions, order, axis, begin, end - 1, middle);
    divide(begin, middle);
    divide(middle + 1, end);
  };
  divide(0, count);
  return { order, axes };
}

function longestAxis(positions: Float32Array, order: Int32Array, begin: number, end: number): number {
  let [longest, best] = [-1, 0];
  for (let axis = 0; axis < 3; axis++) {
    let low = Infinity;
    let high = -Infinity;
    for (let at = begin; at < end; at++) {
      const value = positions[order[at]! * 3 + axis]!;
      if (value < low) low = value;
      if (value > high) high = value;
    }
    if (high - low > longest) [longest, best] = [high - low, axis];
  }
  return best;
}

/** Hoare's selection: what is smaller than the point at `middle` comes before it, what is larger behind it. */
function select(
  positions: Float32Array,
  order: Int32Array,
  axis: number,
  first: number,
  last: number,
  middle: number,
): void {
  while (first < last) {
    const pivot = positions[order[(first + last) >>> 1]! * 3 + axis]!;
    let left = first;
    let right = last;
    while (left <= right) {
      while (positions[order[left]! * 3 + axis]! < pivot) left++;
      while (positions[order[right]! * 3 + axis]! > pivot) right--;
      if (left > right) break;
      const swapped = order[left]!;
      order[left++] = order[right]!;
      order[right--] = swapped;
    }
    if (middle <= right) last = right;
    else if (middle >= left) first = left;
    else return;
  }
}
