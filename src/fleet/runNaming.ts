/** Names of runs: short, readable, one folder on every file system, and a function of what the run itself tries. */
import { createHash } from 'node:crypto';
import { canonicalJson } from '../checkpoint/canonicalJson.ts';
import type { Plain } from '../checkpoint/checkpoint.ts';
import { isSection } from '../config/configLayer.ts';

/** Longer names are cut, and end with a hash of the whole. */
const longestPlainName = 100;
const longestValue = 32;

/** The first letters of a SHA-256, in hexadecimal digits. */
export function shortHash(text: string, digits: number): string {
  return createHash('sha256').update(text).digest('hex').slice(0, digits);
}

/** Text as part of a name: small letters, digits and . _ + -; what that changes gets a hash, so that no two texts become one. */
export function sanitizedName(text: string): string {
  const plain = text
    .toLowerCase()
    .replace(/[^a-z0-9._+-]+/g, '-')
    .replace(/^[^a-z0-9]+/, '')
    .slice(0, longestValue);
  return plain === text ? text : [plain, shortHash(text, 4)].filter(Boolean).join('-');
}

/** A value as part of a name: different values have different names. */
export function valueName(value: Plain): string {
  if (typeof value === 'number') return Object.is(value, -0) ? '0' : String(value);
  if (typeof value === 'boolean' || value === null) return String(value);
  if (typeof value === 'string') {
    // "1" is not 1, and "true" not true.
    const isText = parsed(value) === value;
    return isText ? sanitizedName(value) : `${sanitizedName(value)}-${shortHash(value, 4)}`;
  }
  const text = canonicalJson(value);
  const kind = isSection(value) ? value['kind'] : undefined;
  const isBare = isSection(value) && Object.keys(value).length === 1;
  if (typeof kind !== 'string') return `x${shortHash(text, 6)}`;
  return isBare ? sanitizedName(kind) : `${sanitizedName(kind)}-${shortHash(text, 4)}`;
}

/** What JSON would read, else the text. */
function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

/** For each dotted key its shortest ending that no other key has: `learningRate` of `groups.encoding.optimizer.learningRate`. */
export function shortKeys(keys: readonly string[]): ReadonlyMap<string, string> {
  const endings = (key: string) =>
    key
      .split('.')
      .map((_, from, parts) => parts.slice(from).join('.'))
      .reverse();
  const shortest = (key: string) =>
    endings(key).find((ending) =>
      keys.every((other) => other === key || !`.${other}`.endsWith(`.${ending}`)),
    ) ?? key;
  return new Map(keys.map((key) => [key, shortest(key)]));
}

/** @param parts each without a comma. @returns the name, at most 100 letters */
export function joinedName(parts: readonly string[]): string {
  const name = parts.join(',');
  if (name.length <= longestPlainName) return name;
  return `${name.slice(0, longestPlainName - 11)}-${shortHash(name, 10)}`;
}
