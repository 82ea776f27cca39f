/** JSON whose text depends on the content alone: the same data give the same characters, whatever the order of keys. */
import type { Plain } from './checkpoint.ts';

/** @returns JSON without white space, keys sorted by code unit. */
export function canonicalJson(value: Plain): string {
  return JSON.stringify(sorted(value));
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(entries.map(([key, inner]) => [key, sorted(inner)]));
}
