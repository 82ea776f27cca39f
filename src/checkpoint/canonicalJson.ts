/** JSON whose text depends on the content alone: the same data give the same characters, whatever the order of keys. */
import type { Plain } from './checkpoint.ts';

/** @returns JSON without white space, keys sorted by code unit. */
export function canonicalJson(value: Plain): string {
  return JSON.stringify(value, (_key, item: Plain) =>
    item !== null && typeof item === 'object' && !Array.isArray(item)
      ? Object.fromEntries(Object.entries(item).sort(([a], [b]) => (a < b ? -1 : 1)))
      : item,
  );
}
