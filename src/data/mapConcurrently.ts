/** `Promise.all` with a limit on how much runs at a time, whose error does not depend on which work ends first. */

/**
 * Results of `work` for each item, in order; at most `concurrency` at a time. After a failure nothing further starts.
 *
 * @throws what the first failing item, in the order of `items`, failed with, once all that had started has ended: items
 *   start in order, so the same files give the same message however fast each is read
 */
export async function mapConcurrently<Item, Result>(
  items: readonly Item[],
  concurrency: number,
  work: (item: Item, index: number) => Promise<Result>,
): Promise<Result[]> {
  const results = new Array<Result>(items.length);
  let next = 0;
  const failures: { index: number; error: unknown }[] = [];
  const worker = async () => {
    while (next < items.length && failures.length === 0) {
      const index = next++;
      try {
        results[index] = await work(items[index]!, index);
      } catch (error) {
        failures.push({ index, error });
      }
    }
  };
  await Promise.all(Array.from({ length: Math.min(concurrency, items.length) }, worker));
  const [first] = failures.sort((a, b) => a.index - b.index);
  if (first !== undefined) throw first.error;
  return results;
}
