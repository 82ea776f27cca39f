/** Few values in the place of many: k-means in one dimension. */

/** More change nothing that can be seen. */
const rounds = 20;

/**
 * @param values finite
 * @param size most values of the book
 * @returns ascending values, so that each of `values` is near to one of them; the least and the greatest value are always among them
 */
export function codebookOf(values: Float32Array, size: number): Float32Array {
  const sorted = values.slice().sort();
  const count = sorted.length;
  if (count <= size) return sorted;
  const sums = new Float64Array(count + 1);
  for (let k = 0; k < count; k++) sums[k + 1] = sums[k]! + sorted[k]!;
  const [least, greatest] = [sorted[0]!, sorted[count - 1]!];
  // Halfway between equal shares of the values and equal steps: the one alone starves the tails, the other what is frequent.
  let book = Float32Array.from({ length: size }, (_, k) => {
    const share = k / (size - 1);
    const quantile = sorted[Math.round(share * (count - 1))]!;
    return (quantile + least + share * (greatest - least)) / 2;
  });
  for (let round = 0; round < rounds; round++) {
    const starts = Uint32Array.from({ length: size + 1 }, (_, k) =>
      k === 0 ? 0 : k === size ? count : firstFrom(sorted, (book[k - 1]! + book[k]!) / 2),
    );
    book = book.map((value, k) => {
      if (k === 0) return least;
      if (k === size - 1) return greatest;
      const [from, to] = [starts[k]!, starts[k + 1]!];
      return to > from ? (sums[to]! - sums[from]!) / (to - from) : value;
    });
  }
  return book.sort();
}

/** The index of the value of an ascending book that is nearest. */
export function nearestIn(book: Float32Array, value: number): number {
  const above = firstFrom(book, value);
  if (above === 0) return 0;
  if (above === book.length) return above - 1;
  return value - book[above - 1]! <= book[above]! - value ? above - 1 : above;
}

/** The first index whose value is at least `bound`; the length if there is none. */
function firstFrom(sorted: Float32Array, bound: number): number {
  let [low, high] = [0, sorted.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (sorted[middle]! < bound) low = middle + 1;
    else high = middle;
  }
  return low;
}
