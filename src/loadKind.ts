/** Finds what a section of a configuration names: an entry of a list, or what a module of the user exports. */
import { existsSync } from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { z } from 'zod';
import { ConfigError } from './errors.ts';
import type { Kind, KindList, ModuleSection } from './kinds.ts';

/** What was chosen, and the settings that stand beside its name. */
export interface Chosen<K extends Kind> {
  readonly kind: K;
  readonly settings: Readonly<Record<string, unknown>>;
}

/**
 * @param section its settings may be incomplete: defaults are filled in
 * @throws ConfigError for a module that cannot be used, and for settings that it does not take
 */
export async function chosenKind<K extends Kind>(
  section: { readonly kind: string } | ModuleSection,
  list: KindList<K>,
): Promise<Chosen<K>> {
  if (section.kind === undefined) {
    const { module, ...given } = section;
    return withSettings(await loadKind(module, list), given, `${list.name} ${module}`);
  }
  const { kind: name, ...given } = section;
  const kind = list.kinds.find((one) => one.kind === name);
  if (kind) return withSettings(kind, given, `${list.name} ${name}`);
  const known = list.kinds.map((one) => one.kind).join(', ');
  throw new ConfigError(`unknown ${list.name} ${name}; there are: ${known}`);
}

function withSettings<K extends Kind>(kind: K, given: object, where: string): Chosen<K> {
  const checked = kind.schema.safeParse(given);
  if (checked.success) return { kind, settings: checked.data };
  const { path: key, message } = checked.error.issues[0]!;
  throw new ConfigError(`${[where, ...key.map(String), message].join(': ')}`);
}

/** What a module exports by the list's name, or by default. @throws ConfigError in one line: no such module, it fails, it exports none */
export async function loadKind<K extends Kind>(
  module: string,
  { name, functions, madeBy }: Omit<KindList<K>, 'kinds'>,
): Promise<K> {
  const file = path.resolve(module);
  if (!existsSync(file)) throw new ConfigError(`the module ${module} does not exist`);
  const unusable = (reason: string, cause?: unknown) =>
    new ConfigError(`the module ${module} cannot be used: ${reason}`, {}, { cause });
  let exports: Readonly<Record<string, unknown>>;
  try {
    exports = (await import(pathToFileURL(file).href)) as typeof exports;
  } catch (error) {
    throw unusable((error instanceof Error ? error.message : String(error)).split('\n', 1)[0]!, error);
  }
  const value = (exports[name] ?? exports['default'] ?? undefined) as Partial<K> | undefined;
  if (value === undefined) throw unusable(`it has no export named "${name}" and no default export`);
  if (typeof value.kind !== 'string') throw unusable(`its ${name} has no "kind", a name of its own`);
  if (!(value.schema instanceof z.ZodObject))
    throw unusable(`the "schema" of its ${name} is no z.strictObject({ ... }) of nerfstream's z`);
  const missing = functions.find((one) => typeof Reflect.get(value, one) !== 'function');
  if (missing === undefined) return value as K;
  throw unusable(`its ${name} has no function "${missing}": make it with ${madeBy}`);
}
