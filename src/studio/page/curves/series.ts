import { BlockExtremes } from './blockExtremes.ts';

/** The values of one metric over the steps of a run: grows at its end, and may be cut there when a run goes back. */
export class Series {
  /** Values so far. */
  length = 0;
  /** How often values were taken away again: what was made of them is void then. */
  cuts = 0;
  #extremes = new BlockExtremes();
  #steps = new Float64Array(256);
  #wallTimes = new Float64Array(256);
  #values = new Float64Array(256);

  /** Ascending; only the first `length` count. */
  get steps(): Float64Array {
    return this.#steps;
  }

  /** Seconds since 1970, for each step. */
  get wallTimes(): Float64Array {
    return this.#wallTimes;
  }

  /** NaN where the run had no number. */
  get values(): Float64Array {
    return this.#values;
  }

  /** Of the values so far. */
  get extremes(): BlockExtremes {
    this.#extremes.grow(this.#values, this.length);
    return this.#extremes;
  }

  /** Adds a value. One of an earlier step says that the run went back there: later values are void. */
  push(step: number, wallTime: number, value: number): void {
    this.cutAfter(step - 1);
    if (this.length === this.#steps.length) this.#grow();
    this.#steps[this.length] = step;
    this.#wallTimes[this.length] = wallTime;
    this.#values[this.length] = value;
    this.length++;
  }

  /** Values of later steps are void. */
  cutAfter(step: number): void {
    const before = this.length;
    while (this.length > 0 && this.#steps[this.length - 1]! > step) this.length--;
    if (this.length === before) return;
    this.cuts++;
    this.#extremes = new BlockExtremes();
  }

  #grow(): void {
    const larger = (old: Float64Array) => {
      const grown = new Float64Array(old.length * 2);
      grown.set(old);
      return grown;
    };
    this.#steps = larger(this.#steps);
    this.#wallTimes = larger(this.#wallTimes);
    this.#values = larger(this.#values);
  }
}
