/** Times several pieces of work so that they can be compared although others use the machine. */

/**
 * Runs the works in turns, so that all meet the same machine, and keeps the fastest time of each.
 * @param rounds how often each is timed, after one run that is not
 * @returns milliseconds by name
 * @example const { ours, reference } = await fastestOf({ ours: () => matMul(), reference: () => tf.matMul(a, b).dataSync() });
 */
export async function fastestOf<Name extends string>(
  works: Readonly<Record<Name, () => unknown>>,
  rounds = 5,
): Promise<Record<Name, number>> {
  const entries = Object.entries(works) as [Name, () => unknown][];
  const fastest = Object.fromEntries(entries.map(([name]) => [name, Number.POSITIVE_INFINITY]));
  for (let round = -1; round < rounds; round++)
    for (const [name, work] of entries) {
      const began = performance.now();
      await work();
      const milliseconds = performance.now() - began;
      if (round >= 0) fastest[name] = Math.min(fastest[name]!, milliseconds);
    }
  return fastest as Record<Name, number>;
}
