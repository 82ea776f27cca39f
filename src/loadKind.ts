/** Finds what a section of a configuration names: an entry of a list, or what a module of the user exports. */
import { existsSync } from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { z } from 'zod';
import { ConfigError } from './errors.ts';
import type { Kind, ModuleSection } from './kinds.ts';

/** What was chosen, and the settings that stand beside its name. */
export interface Chosen<K extends Kind> {
  readonly kind: K;
  readonly settings: Readonly<Record<string, unknown>>;
}

/**
 * @param section its settings may be incomplete: defaults are filled in
 * @param what is chosen, in a word: the name of the module's export
 * @param needed functions of a value of this sort
 * @throws ConfigError for a module that cannot be used, and for settings that it does not take
 */
export async function chosenKind<K extends Kind>(
  section: { readonly kind: string } | ModuleSection,
  kinds: readonly K[],
  what: string,
  needed: readonly (keyof K & string)[],
): Promise<Chosen<K>> {
  if ('module' in section) {
    const { module, ...given } = section as ModuleSection;
    return withSettings(await loadKind<K>(module, what, needed), given, `${what} ${module}`);
  }
  const { kind: name, ...given } = section;
  const kind = kinds.find((one) => one.kind === name);
  if (kind) return withSettings(kind, given, `${what} ${name}`);
  throw new ConfigError(`unknown ${what} ${name}; there are: ${kinds.map((one) => one.kind).join(', ')}`);
}

function withSettings<K extends Kind>(kind: K, given: object, where: string): Chosen<K> {
  const checked = kind.schema.safeParse(given);
  if (checked.success) return { kind, settings: checked.data };
  const { path: key, message } = checked.error.issues[0]!;
  throw new ConfigError(`${[where, ...key.map(String), message].join(': ')}`);
}

/** What a module exports as `what` (or by default). @throws ConfigError in one line: no such module, it fails, it exports no such thing */
export async function loadKind<K extends Kind>(
  module: string,
  what: string,
  needed: readonly (keyof K & string)[],
): Promise<K> {
  const file = path.resolve(module);
  if (!existsSync(file)) throw new ConfigError(`the module ${module} does not exist`);
  const unusable = (reason: string, cause?: unknown) =>
    new ConfigError(`the module ${module} cannot be used: ${reason}`, undefined, { cause });
  let exports: Readonly<Record<string, unknown>>;
  try {
    exports = (await import(pathToFileURL(file).href)) as typeof exports;
  } catch (error) {
    throw unusable((error instanceof Error ? error.message : String(error)).split('\n', 1)[0]!, error);
  }
  const value = (exports[what] ?? exports['default']) as Partial<K> | undefined;
  if (value === undefined || value === null)
    throw unusable(`it has no export named "${what}" and no default export`);
  if (typeof value.kind !== 'string') throw unusable(`its ${what} has no "kind", a name`);
  if (!(value.schema instanceof z.ZodObject))
    throw unusable(`the "schema" of its ${what} is no z.strictObject({...}); import z from nerfstream`);
  const missing = needed.find((name) => typeof value[name] !== 'function');
  if (missing !== undefined) throw unusable(`its ${what} has no function "${missing}"`);
  return value as K;
}
