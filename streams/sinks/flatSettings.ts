/** A configuration as a flat table, for services that know no nesting. */

export type FlatSetting = string | number | boolean;

/**
 * `{ trainer: { seed: 42 } }` becomes `{ 'trainer.seed': 42 }`. Lists become JSON; null becomes the text "null". Where
 * metrics go is left out: it says nothing about the training.
 */
export function flatSettings(config: unknown): Record<string, FlatSetting> {
  const settings: Record<string, FlatSetting> = {};
  const visit = (value: unknown, path: string): void => {
    if (typeof value === 'object' && value !== null && !Array.isArray(value))
      for (const [key, inner] of Object.entries(value)) visit(inner, path === '' ? key : `${path}.${key}`);
    else if (['string', 'number', 'boolean'].includes(typeof value)) settings[path] = value as FlatSetting;
    else if (value !== undefined) settings[path] = JSON.stringify(value);
  };
  const { sinks: _sinks, ...rest } = (config ?? {}) as Record<string, unknown>;
  visit(rest, '');
  return settings;
}
