/** Files that a configuration names: paths as seen from the file they stand in, and the modules of the user among them. */
import path from 'node:path';
import { dataparserKinds } from '../data/dataparsers/dataparserKinds.ts';
import { ConfigError } from '../errors.ts';
import type { KindList } from '../kinds.ts';
import { loadKind } from '../loadKind.ts';
import { modelKinds } from '../models/modelKinds.ts';
import { engineKinds } from '../tensors/engineKinds.ts';
import {
  type ConfigLayer,
  isSection,
  layerOf,
  mergeSections,
  type RawSection,
  valueAt,
} from './configLayer.ts';
import type { OwnKinds } from './schema.ts';

/** Where a module may stand instead of a kind. (Modules of sinks are loaded by the threads they run in.) */
const places: readonly { readonly at: readonly [string, ...string[]]; readonly list: KindList }[] = [
  { at: ['engine'], list: engineKinds },
  { at: ['model'], list: modelKinds },
  { at: ['data', 'parser'], list: dataparserKinds },
];

/**
 * Resolves `data.path` and the paths of modules against `folder`. An empty path stays empty (no data chosen), and what
 * is not text stays as it is: checking types is not its business.
 */
export function resolvePaths(section: RawSection, folder: string): RawSection {
  let resolved = section;
  for (const keys of [['data', 'path'], ...places.map(({ at }) => [...at, 'module'])])
    resolved = resolveAt(resolved, keys, folder);
  const { sinks } = resolved;
  return Array.isArray(sinks)
    ? {
        ...resolved,
        sinks: sinks.map((sink) => (isSection(sink) ? resolveAt(sink, ['module'], folder) : sink)),
      }
    : resolved;
}

function resolveAt(section: RawSection, [key, ...inner]: readonly string[], folder: string): RawSection {
  const value = section[key!];
  if (inner.length === 0)
    return typeof value === 'string' && value !== ''
      ? { ...section, [key!]: path.resolve(folder, value) }
      : section;
  return isSection(value) ? { ...section, [key!]: resolveAt(value, inner, folder) } : section;
}

/**
 * Loads the modules that merged layers name.
 * @throws ConfigError with the place in the file, for one that is missing, fails, or exports nothing of use
 */
export async function loadOwnKinds(layers: readonly ConfigLayer[]): Promise<OwnKinds> {
  const merged = layers.reduce<RawSection>((below, { value }) => mergeSections(below, value), {});
  const own = places.map(async ({ at, list }) => {
    const keys = [...at, 'module'];
    const module = valueAt(merged, keys);
    if (typeof module !== 'string') return [];
    try {
      return [[list.name, { ...(await loadKind(module, list)), module }] as const];
    } catch (cause) {
      const { file, origin } = layerOf(layers, keys)!;
      const key = keys.join('.');
      const { message } = cause as ConfigError;
      throw new ConfigError(
        `${origin(keys)}: ${key}: ${message}`,
        { ...(file && { file }), path: key },
        { cause },
      );
    }
  });
  return Object.fromEntries((await Promise.all(own)).flat());
}
