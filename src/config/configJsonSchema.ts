/** The configuration as JSON Schema: for editors, for the documentation, and to say in an error what a key expects. */
import { z } from 'zod';
import { isSection, type KeyPath, valueAt } from './configLayer.ts';
import { configSchema } from './schema.ts';

/** The part of JSON Schema that the configuration uses. */
export interface SchemaNode {
  readonly type?: string;
  readonly description?: string;
  readonly default?: unknown;
  readonly const?: unknown;
  readonly enum?: readonly unknown[];
  readonly properties?: Readonly<Record<string, SchemaNode>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: SchemaNode | boolean;
  readonly items?: SchemaNode;
  readonly prefixItems?: readonly SchemaNode[];
  readonly anyOf?: readonly SchemaNode[];
  readonly oneOf?: readonly SchemaNode[];
  readonly minimum?: number;
  readonly exclusiveMinimum?: number;
  readonly maximum?: number;
  readonly exclusiveMaximum?: number;
  readonly multipleOf?: number;
}

/** What a user may write, as JSON Schema (draft 2020-12). */
export function configJsonSchema(): SchemaNode {
  return z.toJSONSchema(configSchema, {
    io: 'input',
    override: ({ jsonSchema }) => {
      // Bounds of safe integers say nothing to a person.
      if (jsonSchema.maximum === Number.MAX_SAFE_INTEGER) delete jsonSchema.maximum;
      if (jsonSchema.minimum === Number.MIN_SAFE_INTEGER) delete jsonSchema.minimum;
    },
  }) as SchemaNode;
}

/** The alternatives of a union, or the node itself. */
export function alternatives(node: SchemaNode): readonly SchemaNode[] {
  return node.oneOf ?? node.anyOf ?? [node];
}

/**
 * The nodes that describe the value at `path` (several if it lies in a union whose `kind` does not decide).
 * @param value the whole configuration as given; its `kind`s choose between alternatives.
 */
export function schemaNodesAt(root: SchemaNode, path: KeyPath, value: unknown): readonly SchemaNode[] {
  return path.reduce<readonly SchemaNode[]>(
    (nodes, key, index) =>
      nodes.flatMap((node) => childNodes(node, key, valueAt(value, path.slice(0, index)))),
    [root],
  );
}

function childNodes(node: SchemaNode, key: PropertyKey, value: unknown): readonly SchemaNode[] {
  return chosen(node, value).flatMap((option) => {
    const property = option.properties?.[String(key)];
    if (property !== undefined) return [property];
    if (option.type === 'array') {
      const item = option.prefixItems?.[Number(key)] ?? option.items;
      return item === undefined ? [] : [item];
    }
    return typeof option.additionalProperties === 'object' ? [option.additionalProperties] : [];
  });
}

/** Alternatives that the value's `kind` allows; all of them when it decides nothing. */
export function chosen(node: SchemaNode, value: unknown): readonly SchemaNode[] {
  const options = alternatives(node);
  if (!isSection(value)) return options;
  const matching = options.filter((option) => option.properties?.['kind']?.const === value['kind']);
  return matching.length > 0 ? matching : options;
}
