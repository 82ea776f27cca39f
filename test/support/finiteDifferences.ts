/** Gradients without a tape. */
import * as tf from '../../src/tensors/tf.ts';

/**
 * Central differences of a scalar function. float32 leaves about three digits: compare with a tolerance of 1e-2 relative, 1e-3 absolute.
 * @param compute may leave tensors behind: they are freed here
 */
export function finiteDifferences(
  compute: (input: tf.Tensor) => tf.Tensor,
  input: tf.Tensor,
  step = 1e-2,
): Float32Array {
  const values = Float32Array.from(input.dataSync<'float32'>());
  const at = (index: number, offset: number) =>
    tf.tidy(() => {
      const moved = Float32Array.from(values);
      moved[index]! += offset;
      return compute(tf.tensor(moved, input.shape)).dataSync()[0] as number;
    });
  return values.map((_, index) => (at(index, step) - at(index, -step)) / (2 * step));
}
