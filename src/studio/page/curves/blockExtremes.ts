/** Where the least and the greatest values of a growing list are, block by block: what many values have at most is found without looking at each. */

/** Values of a block. */
const blockLength = 64;

/** Follows a list that grows at its end; one that was cut or changed needs another one of these. */
export class BlockExtremes {
  readonly #least: number[] = [];
  readonly #greatest: number[] = [];

  /** Takes the blocks into account that are whole now. */
  grow(values: ArrayLike<number>, length: number): void {
    for (let block = this.#least.length; (block + 1) * blockLength <= length; block++) {
      const found = new Extremes(values, block * blockLength);
      for (let at = block * blockLength; at < (block + 1) * blockLength; at++) found.take(at);
      this.#least.push(found.least);
      this.#greatest.push(found.greatest);
    }
  }

  /** Numbers of the least and the greatest of the values from `begin` to before `end`, the first of equal ones. There is one at least. */
  within(values: ArrayLike<number>, begin: number, end: number): { least: number; greatest: number } {
    const found = new Extremes(values, begin);
    for (let at = begin; at < end; ) {
      const block = at / blockLength;
      if (Number.isInteger(block) && at + blockLength <= end && block < this.#least.length) {
        found.take(this.#least[block]!);
        found.take(this.#greatest[block]!);
        at += blockLength;
      } else found.take(at++);
    }
    return found;
  }
}

/** Of what it is told; values that are no numbers count only where there are no others. */
class Extremes {
  readonly #values: ArrayLike<number>;
  least: number;
  greatest: number;

  constructor(values: ArrayLike<number>, first: number) {
    this.#values = values;
    this.least = this.greatest = first;
  }

  take(at: number): void {
    const values = this.#values;
    const value = values[at]!;
    if (value < values[this.least]! || Number.isNaN(values[this.least]!)) this.least = at;
    if (value > values[this.greatest]! || Number.isNaN(values[this.greatest]!)) this.greatest = at;
  }
}
