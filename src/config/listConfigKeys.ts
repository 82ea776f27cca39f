/** Lists every key of the configuration, for the documentation and for suggestions. */
import { alternatives, configJsonSchema, type SchemaNode } from './configJsonSchema.ts';
import { describeNode } from './describeNode.ts';

/** One key a user may set. */
export interface ConfigKey {
  /** Dotted; `<name>` stands for a name of the user's choice, `[]` for an element of a list. */
  readonly key: string;
  /** The `kind` under which it exists, when it lies in a section of several kinds. */
  readonly kind?: string;
  /** What it expects, in words. */
  readonly expects: string;
  /** The default as YAML would read it; `undefined` when there is none. */
  readonly default?: unknown;
  readonly description: string;
}

/** Every key of the configuration in the order of the schema, sections before their members. */
export function listConfigKeys(schema: SchemaNode = configJsonSchema()): readonly ConfigKey[] {
  return keysOf(schema, '', undefined);
}

function keysOf(node: SchemaNode, prefix: string, kind: string | undefined): readonly ConfigKey[] {
  return alternatives(node).flatMap((option) => {
    const optionKind = option.properties?.['kind']?.const;
    const inKind = typeof optionKind === 'string' ? optionKind : kind;
    const members = Object.entries(option.properties ?? {}).map(
      ([name, child]) => [join(prefix, name), child] as const,
    );
    if (
      typeof option.additionalProperties === 'object' &&
      Object.keys(option.additionalProperties).length > 0
    )
      members.push([join(prefix, '<name>'), option.additionalProperties]);
    if (option.type === 'array' && option.items !== undefined)
      return keysOf(option.items, `${prefix}[]`, inKind);
    return members.flatMap(([key, child]) => [
      describeKey(key, child, inKind),
      ...keysOf(child, key, inKind),
    ]);
  });
}

function describeKey(key: string, node: SchemaNode, kind: string | undefined): ConfigKey {
  return {
    key,
    expects: describeNode(node),
    description: node.description ?? '',
    ...(kind !== undefined && { kind }),
    ...(node.default !== undefined && { default: node.default }),
  };
}

function join(prefix: string, name: string): string {
  return prefix === '' ? name : `${prefix}.${name}`;
}
