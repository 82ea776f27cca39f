/** A list that never grows beyond a limit: it keeps its beginning and its end, and counts what lay between. */

export interface BoundedLog<T> {
  push(value: T): void;
  /** First and newest values, oldest first. */
  values(): T[];
  /** How many values were left out. */
  readonly omitted: number;
}

/** @param first how many of the first values stay; @param newest how many of the newest, at least 1 */
export function createBoundedLog<T>(first: number, newest: number): BoundedLog<T> {
  const head: T[] = [];
  const ring: T[] = [];
  let oldest = 0;
  let omitted = 0;
  return {
    push(value) {
      if (head.length < first) head.push(value);
      else if (ring.length < newest) ring.push(value);
      else {
        ring[oldest] = value;
        oldest = (oldest + 1) % newest;
        omitted++;
      }
    },
    values: () => [...head, ...ring.slice(oldest), ...ring.slice(0, oldest)],
    get omitted() {
      return omitted;
    },
  };
}
