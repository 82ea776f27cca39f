/** Partial configurations: where each key stands, so that errors can point there, and how one is laid over another. */

/** A path of keys, for example `['trainer', 'maxSteps']`. */
export type KeyPath = readonly PropertyKey[];

/** A section of a configuration before it is checked. */
export type RawSection = { readonly [key: string]: unknown };

/** One source of settings: a file, code, or the command line. Later layers win. */
export interface ConfigLayer {
  readonly value: RawSection;
  /** The file it was read from, if any. */
  readonly file?: string;
  /** What to print in front of an error about this key: `FILE:LINE`, `command line`... */
  origin(path: KeyPath): string;
}

/** Whether `value` is a section (a plain object), as opposed to a list or a single value. */
export function isSection(value: unknown): value is RawSection {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The value at `path`, or `undefined` where there is none. */
export function valueAt(value: unknown, path: KeyPath): unknown {
  return path.reduce<unknown>(
    (inner, key) =>
      typeof inner === 'object' && inner !== null ? (inner as Record<PropertyKey, unknown>)[key] : undefined,
    value,
  );
}

/** The last layer that says something about `path`, or about the section around it. */
export function layerOf(layers: readonly ConfigLayer[], path: KeyPath): ConfigLayer | undefined {
  for (let length = path.length; length > 0; length--) {
    const found = layers.findLast((layer) => valueAt(layer.value, path.slice(0, length)) !== undefined);
    if (found !== undefined) return found;
  }
  return layers.at(-1);
}

/**
 * Deep merge: sections are merged key by key, lists and single values of `over` replace those of `base`. A section that
 * chooses another `kind` or `module` is replaced as a whole, because the settings of another one mean something else.
 * `undefined` in `over` says nothing.
 *
 * @example mergeSections({ trainer: { seed: 1, maxSteps: 9 } }, { trainer: { seed: 2 } }) // { trainer: { seed: 2, maxSteps: 9 } }
 */
export function mergeSections(base: RawSection, over: RawSection): RawSection {
  const merged: Record<string, unknown> = choosesAnother(base, over) ? {} : { ...base };
  for (const [key, value] of Object.entries(over)) {
    if (value === undefined) continue;
    const below = merged[key];
    define(merged, key, isSection(value) ? mergeSections(isSection(below) ? below : {}, value) : value);
  }
  return merged;
}

function choosesAnother(base: RawSection, over: RawSection): boolean {
  const [before, now] = [choiceOf(base), choiceOf(over)];
  return before !== undefined && now !== undefined && before !== now;
}

/** What a section chooses: a name, or a module. A group called `kind` is none. */
function choiceOf({ kind, module }: RawSection): string | undefined {
  if (typeof kind === 'string') return kind;
  return typeof module === 'string' ? `module ${moduleName(module)}` : undefined;
}

/** What a module is known by: its file's name, as its folder may have moved. */
export function moduleName(file: string): string | undefined {
  return file.split(/[\\/]/).at(-1);
}

/** Sets an own property even where the key is `__proto__`: a config file is not to be trusted with prototypes. */
function define(target: Record<string, unknown>, key: string, value: unknown): void {
  Object.defineProperty(target, key, { value, enumerable: true, writable: true, configurable: true });
}
