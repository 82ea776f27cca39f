/** Lists every key of the configuration, for the documentation and for suggestions. */
import { alternatives, configJsonSchema, describeNode, type SchemaNode } from './configJsonSchema.ts';

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

/**
 * Every key of the configuration in the order of the schema, sections before their members. A section of several kinds
 * inside one of the same kinds (a schedule made of schedules) is listed once.
 */
export function listConfigKeys(schema: SchemaNode = configJsonSchema()): readonly ConfigKey[] {
  return keysOf(schema, '', { kinds: new Set() });
}

/** The sections around a key. */
interface Surroundings {
  readonly kind?: string;
  readonly kinds: ReadonlySet<string>;
}

function keysOf(node: SchemaNode, prefix: string, around: Surroundings): readonly ConfigKey[] {
  const options = alternatives(node);
  const kinds = options.flatMap((option) => kindOf(option) ?? []);
  if (kinds.length > 0 && kinds.every((kind) => around.kinds.has(kind))) return [];
  const within = { ...around, kinds: new Set([...around.kinds, ...kinds]) };
  return options.flatMap((option) => {
    const kind = kindOf(option);
    return membersOf(option, prefix, kind === undefined ? within : { ...within, kind });
  });
}

function membersOf(option: SchemaNode, prefix: string, around: Surroundings): readonly ConfigKey[] {
  if (option.type === 'array')
    return option.items === undefined ? [] : keysOf(option.items, `${prefix}[]`, around);
  const members = Object.entries(option.properties ?? {});
  const { additionalProperties: free } = option;
  if (typeof free === 'object' && Object.keys(free).length > 0) members.push(['<name>', free]);
  return members.flatMap(([name, child]) => {
    const key = prefix === '' ? name : `${prefix}.${name}`;
    return [describeKey(key, child, around.kind), ...keysOf(child, key, around)];
  });
}

function kindOf(option: SchemaNode): string | undefined {
  const kind = option.properties?.['kind']?.const;
  return typeof kind === 'string' ? kind : undefined;
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
