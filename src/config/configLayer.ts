/** A partial configuration together with where each of its keys stands, so that errors can point there. */

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
