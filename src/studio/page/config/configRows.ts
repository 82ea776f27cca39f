/** A configuration as rows: each value by its dotted key, with what the schema says of it. */
import type { ConfigKey } from '../../../config/listConfigKeys.ts';

export interface ConfigRow {
  readonly key: string;
  readonly value: string;
  readonly description: string;
  readonly default?: string;
  readonly isChanged: boolean;
}

/** @param config nested objects, as config.yaml has them */
export function configRows(config: unknown, keys: readonly ConfigKey[]): ConfigRow[] {
  return leavesOf(config, '').map(([key, value]) => {
    const known = keys.find((candidate) => candidate.key === key);
    const usual = known?.default;
    return {
      key,
      value: shown(value),
      description: known?.description ?? '',
      ...(usual !== undefined && { default: shown(usual) }),
      isChanged: usual !== undefined && shown(usual) !== shown(value),
    };
  });
}

function leavesOf(value: unknown, path: string): [string, unknown][] {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return path ? [[path, value]] : [];
  return Object.entries(value).flatMap(([key, inner]) => leavesOf(inner, path ? `${path}.${key}` : key));
}

function shown(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}
