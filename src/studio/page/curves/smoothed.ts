/** The running mean that TensorBoard draws. */
import { BlockExtremes } from './blockExtremes.ts';
import type { Series } from './series.ts';

/** The means of a series, which follow it as it grows. */
export class Smoothed {
  readonly #series: Series;
  readonly #weight: number;
  #extremes = new BlockExtremes();
  #means = new Float64Array(256);
  #length = 0;
  #cuts = 0;
  #sum = 0;
  #weights = 0;

  /** @param weight 0 (the values themselves) to below 1 */
  constructor(series: Series, weight: number) {
    this.#series = series;
    this.#weight = weight;
  }

  get weight(): number {
    return this.#weight;
  }

  /** As many as the series has values now. */
  read(): { readonly ys: Float64Array; readonly extremes: BlockExtremes } {
    const { values, length, cuts } = this.#series;
    if (cuts !== this.#cuts) this.#restart(cuts);
    if (this.#means.length < length) {
      const larger = new Float64Array(values.length);
      larger.set(this.#means);
      this.#means = larger;
    }
    for (; this.#length < length; this.#length++)
      this.#means[this.#length] = this.#next(values[this.#length]!);
    this.#extremes.grow(this.#means, length);
    return { ys: this.#means, extremes: this.#extremes };
  }

  #restart(cuts: number): void {
    this.#cuts = cuts;
    this.#length = this.#sum = this.#weights = 0;
    this.#extremes = new BlockExtremes();
  }

  /**
   * Each value counts `weight` times what the next one does. The mean is divided by what the weights add up to, so that the first values
   * do not lean to zero. Values that are no numbers are passed over.
   */
  #next(value: number): number {
    const weight = this.#weight;
    if (Number.isFinite(value)) {
      this.#sum = weight * this.#sum + (1 - weight) * value;
      this.#weights = weight * this.#weights + (1 - weight);
    }
    return this.#weights > 0 ? this.#sum / this.#weights : Number.NaN;
  }
}
