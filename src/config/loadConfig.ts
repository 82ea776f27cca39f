/** Where configurations come from: a method or a YAML file with what it extends, code, and the command line. */
import path from 'node:path';
import { ConfigError } from '../errors.ts';
import { type ConfigLayer, isSection, type RawSection } from './configLayer.ts';
import { loadOwnKinds, resolvePaths } from './namedFiles.ts';
import { parseAssignments } from './parseAssignments.ts';
import { parseConfig } from './parseConfig.ts';
import { configFileOf } from './presets.ts';
import { type ConfigFile, readConfigFile } from './readConfigFile.ts';
import type { Config, ConfigInput } from './schema.ts';

type DeepPartial<T> = T extends readonly unknown[]
  ? T
  : T extends object
    ? { readonly [K in keyof T]?: DeepPartial<T[K]> | undefined }
    : T;

/** Settings over those of the file; `data: 'photos/fox'` is short for `data: { path: 'photos/fox' }`. */
export type ConfigOverrides = Omit<DeepPartial<ConfigInput>, 'data'> & {
  readonly data?: string | DeepPartial<NonNullable<ConfigInput['data']>> | undefined;
};

/**
 * Loads, merges and checks a configuration; every default is filled in and every path absolute.
 *
 * @param nameOrFile a method (see `presets()`) or the path of a YAML file; default `splat`.
 * @param overrides win over the file; relative paths in them are seen from the working directory.
 * @param assignments `key=value` texts as on the command line; win over everything.
 * @throws ConfigError naming file and line, key, and what is expected.
 *
 * @example
 * const config = await loadConfig('splat', { data: 'photos/fox', trainer: { maxSeconds: 20 } });
 */
export async function loadConfig(
  nameOrFile = 'splat',
  overrides: ConfigOverrides = {},
  assignments: readonly string[] = [],
): Promise<Config> {
  const files = await configChain(nameOrFile, process.cwd());
  const layers = [...files, overridesLayer(overrides), parseAssignments(assignments)];
  return parseConfig(layers, await loadOwnKinds(layers));
}

/**
 * Checks a configuration written in code and fills in its defaults. Nothing is inherited: parameter groups are those
 * given here. For a method's settings with a few changes, or settings of a module of yours, use `loadConfig`.
 * @throws ConfigError naming the key and what is expected.
 *
 * @example
 * const config = defineConfig({ groups: { line: { optimizer: { kind: 'adam', learningRate: 0.1 } } } });
 */
export function defineConfig(input: ConfigOverrides): Config {
  return parseConfig([overridesLayer(input)]);
}

/**
 * A method or file with all that it extends, the base first, before it is checked.
 * @param folder relative paths are resolved against it
 * @throws ConfigError
 */
export function configChain(nameOrFile: string, folder: string): Promise<readonly ConfigLayer[]> {
  return readChain(configFileOf(nameOrFile, folder));
}

/** A configuration from code as a layer. */
function overridesLayer({ data, ...rest }: ConfigOverrides): ConfigLayer {
  const value: RawSection = typeof data === 'string' ? { ...rest, data: { path: data } } : { ...rest, data };
  return { value: resolvePaths(plainCopy(value) as RawSection, process.cwd()), origin: () => 'overrides' };
}

/** The file and all it extends, the base first. */
async function readChain(file: string): Promise<readonly ConfigLayer[]> {
  const chain: ConfigFile[] = [];
  let next: string | undefined = file;
  while (next !== undefined) {
    const seen = chain.find((earlier) => earlier.file === next);
    const last: ConfigFile | undefined = chain.at(-1);
    if (seen !== undefined)
      throw new ConfigError(
        `${last?.origin(['extends'])}: extends: ${path.basename(next)} extends itself in a circle`,
        {
          file: next,
          path: 'extends',
        },
      );
    const read: ConfigFile = await readConfigFile(next).catch((cause: unknown) => {
      throw last === undefined ? cause : inExtends(last, cause);
    });
    chain.push(read);
    next = read.extends === undefined ? undefined : baseOf(read, read.extends);
  }
  return chain.reverse();
}

function baseOf(file: ConfigFile, base: string): string {
  try {
    return configFileOf(base, path.dirname(file.file));
  } catch (cause) {
    throw inExtends(file, cause);
  }
}

function inExtends(file: ConfigFile, cause: unknown): unknown {
  if (!(cause instanceof ConfigError)) return cause;
  return new ConfigError(
    `${file.origin(['extends'])}: extends: ${cause.message}`,
    { file: file.file, path: 'extends' },
    { cause },
  );
}

/** Copies sections without their `undefined` members, so that an absent override says nothing. */
function plainCopy(value: unknown): unknown {
  if (!isSection(value)) return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([, inner]) => inner !== undefined)
      .map(([key, inner]) => [key, plainCopy(inner)]),
  );
}
