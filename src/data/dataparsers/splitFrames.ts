/** Which images are held out when the data set does not say. */

/**
 * Of `count` images in order, `ceil(0.9 count)` evenly spaced ones from the first to the last train; the others are held
 * out (none of fewer than ten).
 * Source: nerfstudio 1.1.5 `get_train_eval_split_fraction`: linspace(0, count - 1, ceil(0.9 count)), truncated.
 */
export function splitFrames(count: number): {
  readonly train: readonly number[];
  readonly eval: readonly number[];
} {
  const trainCount = Math.ceil(count * 0.9);
  const step = (count - 1) / Math.max(1, trainCount - 1);
  const train = Array.from({ length: trainCount }, (_, index) =>
    index > 0 && index === trainCount - 1 ? count - 1 : Math.floor(index * step),
  );
  const trains = new Set(train);
  return {
    train,
    eval: Array.from({ length: count }, (_, index) => index).filter((index) => !trains.has(index)),
  };
}
