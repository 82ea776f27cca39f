/** For services that cannot forget: of the values that a step gets, after a resume or a rollback, they keep the first. */

/**
 * @param newest the newest step that was sent before, by key
 * @returns the entries that are newer than those, and than the ones before them; and the newest steps once they are sent
 */
export function newerThan<Entry extends { readonly step: number }>(
  newest: ReadonlyMap<string, number>,
  entries: readonly Entry[],
  keyOf: (entry: Entry) => string,
): { readonly fresh: Entry[]; readonly newest: ReadonlyMap<string, number> } {
  const steps = new Map(newest);
  const fresh = entries.filter((entry) => {
    const key = keyOf(entry);
    if (entry.step <= (steps.get(key) ?? -1)) return false;
    steps.set(key, entry.step);
    return true;
  });
  return { fresh, newest: steps };
}
