/** Makes the paths in a partial configuration absolute, as seen from the file they stand in. */
import path from 'node:path';
import { isSection, type RawSection } from './configLayer.ts';

/**
 * Resolves `data.path` and the module paths of `sinks` against `folder`. An empty path stays empty (no data chosen),
 * and what is not text stays as it is: checking types is not its business.
 */
export function resolvePaths(section: RawSection, folder: string): RawSection {
  const resolved: Record<string, unknown> = { ...section };
  const { data, sinks } = section;
  if (isSection(data) && typeof data['path'] === 'string' && data['path'] !== '')
    resolved['data'] = { ...data, path: path.resolve(folder, data['path']) };
  if (Array.isArray(sinks)) resolved['sinks'] = sinks.map((sink) => resolveModule(sink, folder));
  return resolved;
}

function resolveModule(sink: unknown, folder: string): unknown {
  if (!isSection(sink) || typeof sink['module'] !== 'string') return sink;
  return { ...sink, module: path.resolve(folder, sink['module']) };
}
