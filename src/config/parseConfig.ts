/** Checks a merged configuration and fills in its defaults. */
import type { z } from 'zod';
import { configJsonSchema, type SchemaNode, schemaNodesAt } from './configJsonSchema.ts';
import { type ConfigLayer, isSection, type KeyPath, mergeSections, type RawSection } from './configLayer.ts';
import { explainIssues } from './explainIssue.ts';
import { type Config, configSchemaWith, type OwnKinds } from './schema.ts';

/**
 * Merges layers (later ones win), checks the result, and fills in defaults.
 * @param own what the user's modules among them export, once loaded; without it their settings are not checked yet.
 * @throws ConfigError naming file and line, key, what was given and what is expected.
 */
export function parseConfig(layers: readonly ConfigLayer[], own: OwnKinds = {}): Config {
  const schema = configSchemaWith(own);
  const merged = layers.reduce<RawSection>((below, layer) => mergeSections(below, layer.value), {});
  const value = hasNull(merged) ? takeBackNulls(jsonSchemaOf(schema), merged, [], merged) : merged;
  const result = schema.safeParse(value);
  if (!result.success) throw explainIssues(result.error.issues, value, layers, jsonSchemaOf(schema));
  return result.data;
}

/** Made once for each schema: it takes longer than all checks of a configuration together, and sweeps check thousands. */
const described = new WeakMap<z.ZodType, SchemaNode>();

function jsonSchemaOf(schema: z.ZodType): SchemaNode {
  const known = described.get(schema) ?? configJsonSchema(schema);
  described.set(schema, known);
  return known;
}

function hasNull(value: unknown): boolean {
  return value === null || (isSection(value) && Object.values(value).some(hasNull));
}

/** Removes known keys that are null without null being a value of theirs: the default applies then. */
function takeBackNulls(schema: SchemaNode, root: RawSection, path: KeyPath, section: RawSection): RawSection {
  const entries = Object.entries(section).filter(([key, value]) => {
    if (value !== null) return true;
    const nodes = schemaNodesAt(schema, [...path, key], root);
    return nodes.length === 0 || nodes.some(acceptsNull);
  });
  return Object.fromEntries(
    entries.map(([key, value]) => [
      key,
      isSection(value) ? takeBackNulls(schema, root, [...path, key], value) : value,
    ]),
  );
}

function acceptsNull(node: SchemaNode): boolean {
  return node.type === 'null' || (node.anyOf ?? node.oneOf ?? []).some(acceptsNull);
}
