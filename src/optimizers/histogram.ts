/** How the numbers of a tensor are distributed. */

/** Counts per bucket: `edges.length === counts.length + 1`, edges ascending. */
export interface Histogram {
  readonly edges: readonly number[];
  readonly counts: readonly number[];
}

/**
 * Buckets of equal width from the smallest to the largest finite value; a value on an edge belongs to the upper bucket, the
 * largest to the last. What is not finite is left out. Values that are all the same get one bucket around them.
 * @param buckets at least 1
 */
export function histogramOf(values: ArrayLike<number>, buckets = 30): Histogram {
  let low = Number.POSITIVE_INFINITY;
  let high = Number.NEGATIVE_INFINITY;
  let finite = 0;
  for (let index = 0; index < values.length; index++) {
    const value = values[index] as number;
    if (!Number.isFinite(value)) continue;
    finite++;
    if (value < low) low = value;
    if (value > high) high = value;
  }
  if (finite === 0) return { edges: [0, 1], counts: [0] };
  if (low === high) {
    const around = Math.max(0.5, Math.abs(low) * 1e-6);
    return { edges: [low - around, low + around], counts: [finite] };
  }
  const width = (high - low) / buckets;
  const counts = new Array<number>(buckets).fill(0);
  for (let index = 0; index < values.length; index++) {
    const value = values[index] as number;
    if (!Number.isFinite(value)) continue;
    const bucket = Math.min(buckets - 1, Math.floor((value - low) / width));
    counts[bucket] = (counts[bucket] as number) + 1;
  }
  const edges = Array.from({ length: buckets + 1 }, (_, edge) =>
    edge === buckets ? high : low + edge * width,
  );
  return { edges, counts };
}
