/** The JSON Schema that editors check configuration files with (configs/schema.json). */
import { configJsonSchema } from './configJsonSchema.ts';

/** The text of configs/schema.json: the configuration, plus `extends`, which only files have. */
export function editorSchema(): string {
  const { properties, ...rest } = configJsonSchema();
  const base = { type: 'string', description: 'Name of a method or path of a file that this one builds on.' };
  return `${JSON.stringify({ ...rest, title: 'nerfstream configuration', properties: { extends: base, ...properties } }, null, 2)}\n`;
}
