/** A short name for what a run trains. */
import { createHash } from 'node:crypto';
import { isSection } from './configLayer.ts';
import { fixedPart } from './diffForResume.ts';
import type { Config } from './schema.ts';

/**
 * SHA-256 (first 16 hexadecimal digits) of the settings that may not change on resume: equal hashes mean that one run's
 * checkpoint continues the other. The order of keys carries no meaning.
 */
export function configHash(config: Config): string {
  return createHash('sha256')
    .update(canonical(fixedPart(config)))
    .digest('hex')
    .slice(0, 16);
}

function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`;
  if (!isSection(value)) return JSON.stringify(value) ?? 'null';
  const members = Object.keys(value)
    .filter((key) => value[key] !== undefined)
    .sort()
    .map((key) => `${JSON.stringify(key)}:${canonical(value[key])}`);
  return `{${members.join(',')}}`;
}
