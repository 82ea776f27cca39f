/** Lays one partial configuration over another. */
import { isSection, type RawSection } from './configLayer.ts';

/**
 * Deep merge: sections are merged key by key, lists and single values of `over` replace those of `base`.
 * A section whose `kind` changes is replaced as a whole, because the settings of another kind mean something else.
 * `undefined` in `over` says nothing.
 *
 * @example mergeSections({ trainer: { seed: 1, maxSteps: 9 } }, { trainer: { seed: 2 } }) // { trainer: { seed: 2, maxSteps: 9 } }
 */
export function mergeSections(base: RawSection, over: RawSection): RawSection {
  const otherKind = over['kind'] !== undefined && base['kind'] !== undefined && over['kind'] !== base['kind'];
  const merged: Record<string, unknown> = otherKind ? {} : { ...base };
  for (const [key, value] of Object.entries(over)) {
    if (value === undefined) continue;
    const below = merged[key];
    define(merged, key, isSection(value) ? mergeSections(isSection(below) ? below : {}, value) : value);
  }
  return merged;
}

/** Sets an own property even where the key is `__proto__`: a config file is not to be trusted with prototypes. */
function define(target: Record<string, unknown>, key: string, value: unknown): void {
  Object.defineProperty(target, key, { value, enumerable: true, writable: true, configurable: true });
}
