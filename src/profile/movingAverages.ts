/** Averages that follow what they average. */

export interface MovingAverages {
  add(name: string, value: number): void;
  /** The average by name; undefined without a value yet. */
  get(name: string): number | undefined;
  /** In the order in which they came up. */
  entries(): Iterable<[name: string, average: number]>;
}

/**
 * The mean of the first `window` values; from then on each new one moves it by 1 / `window` of the difference (an exponential
 * average without the bias of its beginning).
 * @param window values, at least 1
 */
export function createMovingAverages(window: number): MovingAverages {
  const averages = new Map<string, number>();
  const counts = new Map<string, number>();
  return {
    add(name, value) {
      const count = Math.min(window, (counts.get(name) ?? 0) + 1);
      const average = averages.get(name) ?? 0;
      counts.set(name, count);
      averages.set(name, average + (value - average) / count);
    },
    get: (name) => averages.get(name),
    entries: () => averages.entries(),
  };
}
