/** Waits for a metric to get better, and loses its patience. */

export interface PatienceSettings {
  /** Whether smaller or larger is better. */
  readonly mode: 'min' | 'max';
  /** Values in a row without improvement that are tolerated, >= 0. */
  readonly patience: number;
  /** How much better than the best so far a value must be to count, >= 0. */
  readonly minimumDelta: number;
}

export interface Patience {
  /** Hears the next value; NaN counts as no improvement. @returns whether patience is at its end */
  observe(value: number): boolean;
  /** [best value, values without improvement]: all that it remembers. */
  state(): readonly [number, number];
  restore(state: ArrayLike<number>): void;
}

/** Patience that is new, or goes on from a restored state. */
export function createPatience({ mode, patience, minimumDelta }: PatienceSettings): Patience {
  const sign = mode === 'min' ? 1 : -1;
  let best = sign * Number.POSITIVE_INFINITY;
  let bad = 0;
  return {
    observe(value) {
      if (sign * value < sign * best - minimumDelta) {
        best = value;
        bad = 0;
      } else bad++;
      return bad > patience;
    },
    state: () => [best, bad],
    restore(state) {
      [best, bad] = Array.from(state) as [number, number];
    },
  };
}
