/**
 * The running mean that TensorBoard draws: each value counts `weight` times what the next one does. The mean is divided by what the weights add
 * up to, so that the first values do not lean to zero. Values that are no numbers are passed over.
 * @param weight 0 (the values themselves) to below 1
 */
export function smooth(values: ArrayLike<number>, length: number, weight: number): Float64Array {
  const means = new Float64Array(length);
  let sum = 0;
  let weights = 0;
  for (let index = 0; index < length; index++) {
    const value = values[index]!;
    if (Number.isFinite(value)) {
      sum = weight * sum + (1 - weight) * value;
      weights = weight * weights + (1 - weight);
    }
    means[index] = weights > 0 ? sum / weights : Number.NaN;
  }
  return means;
}
