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
export function configJsonSchema(schema: z.ZodType = configSchema): SchemaNode {
  return z.toJSONSchema(schema, {
    io: 'input',
    override: ({ jsonSchema }) => {
      // Bounds of safe integers say nothing to a person.
      if (jsonSchema.maximum === Number.MAX_SAFE_INTEGER) delete jsonSchema.maximum;
      if (jsonSchema.minimum === Number.MIN_SAFE_INTEGER) delete jsonSchema.minimum;
    },
  }) as SchemaNode;
}

/** The text of configs/schema.json: the configuration, plus `extends`, which only files have. */
export function editorSchema(): string {
  const { properties, ...rest } = configJsonSchema();
  const base = { type: 'string', description: 'Name of a method or path of a file that this one builds on.' };
  return `${JSON.stringify({ ...rest, title: 'nerfstream configuration', properties: { extends: base, ...properties } }, null, 2)}\n`;
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

/** Alternatives that the value's `kind` or `module` allows; all of them when neither decides anything. */
export function chosen(node: SchemaNode, value: unknown): readonly SchemaNode[] {
  const options = alternatives(node);
  const matching = options.filter((option) => isChosen(option, value));
  return matching.length > 0 ? matching : options;
}

/** Whether `value` is a section whose `kind`, or having a `module`, makes it this alternative. */
export function isChosen({ properties }: SchemaNode, value: unknown): boolean {
  if (!isSection(value)) return false;
  const { const: kind, default: unnamed } = properties?.['kind'] ?? {};
  return kind === undefined
    ? properties?.['module'] !== undefined && value['module'] !== undefined
    : kind === (value['kind'] ?? unnamed);
}

/**
 * What a value must be, in words.
 * @example describeNode({ type: 'integer', exclusiveMinimum: 0 }) // 'a whole number > 0'
 */
export function describeNode(node: SchemaNode): string {
  const options = alternatives(node);
  if (options.length > 1 || options[0] !== node) return [...new Set(options.map(describeNode))].join(' or ');
  if (node.const !== undefined) return String(node.const);
  if (node.enum !== undefined) return `one of ${node.enum.join(', ')}`;
  switch (node.type) {
    case 'integer':
      return `a whole number${range(node)}`;
    case 'number':
      return `a number${range(node)}`;
    case 'string':
      return 'text';
    case 'boolean':
      return 'true or false';
    case 'null':
      return 'null';
    case 'array':
      return node.prefixItems === undefined ? 'a list' : `a list of ${node.prefixItems.length}`;
    default:
      return 'a section of keys';
  }
}

function range(node: SchemaNode): string {
  const bounds = [
    node.exclusiveMinimum !== undefined && `> ${node.exclusiveMinimum}`,
    node.minimum !== undefined && `>= ${node.minimum}`,
    node.exclusiveMaximum !== undefined && `< ${node.exclusiveMaximum}`,
    node.maximum !== undefined && `<= ${node.maximum}`,
    node.multipleOf !== undefined && `a multiple of ${node.multipleOf}`,
  ].filter((bound) => bound !== false);
  return bounds.length === 0 ? '' : ` ${bounds.join(', ')}`;
}
