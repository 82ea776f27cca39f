/** Turns a finding of the schema into one line that says what is wrong, where, and what to do. */
import type { z } from 'zod';
import { ConfigError } from '../errors.ts';
import {
  alternatives,
  chosen,
  configJsonSchema,
  describeNode,
  isChosen,
  type SchemaNode,
  schemaNodesAt,
} from './configJsonSchema.ts';
import { type ConfigLayer, isSection, type KeyPath, layerOf, valueAt } from './configLayer.ts';
import { listConfigKeys } from './listConfigKeys.ts';
import { nearest } from './nearest.ts';

type Issue = z.core.$ZodIssue;

/**
 * The error for what the schema found: a name that is probably misspelt, else the first unknown key, else the first
 * finding, with the number of others.
 * @param value the merged configuration that was checked; `layers`: what it was merged from, for file and line.
 * @param schema the schema that it was checked by.
 */
export function explainIssues(
  issues: readonly Issue[],
  value: unknown,
  layers: readonly ConfigLayer[],
  schema: SchemaNode = configJsonSchema(),
): ConfigError {
  const found = issues.flatMap((issue) => flatten(issue, value, schema));
  // A rule between settings says little while one of them is wrong on its own.
  const alone = found.filter((issue) => issue.code !== 'custom');
  const flat = alone.length > 0 ? alone : found;
  const misspelt = flat.flatMap((issue) => misspeltName(issue, value, schema) ?? [])[0];
  const first = flat.find((issue) => issue.code === 'unrecognized_keys') ?? flat[0];
  if (first === undefined) return new ConfigError('the configuration is not valid');
  const path = misspelt?.path ?? pathOf(first);
  const layer = layerOf(layers, path);
  const origin = layer?.origin(path);
  const within = (issue: Issue) => misspelt !== undefined && dotted(pathOf(issue)).startsWith(dotted(path));
  const keys = new Set(flat.map((issue) => dotted(within(issue) ? path : pathOf(issue))));
  const others = keys.size > 1 ? ` (and ${keys.size - 1} more)` : '';
  const text = misspelt?.text ?? explain(first, schema, path, value);
  return new ConfigError(`${origin === undefined ? '' : `${origin}: `}${dotted(path)}: ${text}${others}`, {
    ...(layer?.file !== undefined && { file: layer.file }),
    path: dotted(path),
  });
}

function explain(issue: Issue, schema: SchemaNode, path: KeyPath, value: unknown): string {
  if (issue.code === 'unrecognized_keys') return unknownKey(schema, path, value);
  if (issue.code === 'custom') return brokenRule(issue.message, path, value);
  return badValue(schema, path, value);
}

function pathOf(issue: Issue): KeyPath {
  return issue.code === 'unrecognized_keys' ? [...issue.path, issue.keys[0] ?? ''] : issue.path;
}

/** A finding about a union of sections becomes the findings of the alternative that its `kind` or `module` chooses. */
function flatten(issue: Issue, value: unknown, schema: SchemaNode): readonly Issue[] {
  if (issue.code !== 'invalid_union' || issue.errors.length === 0) return [issue];
  const { path } = issue;
  const given = valueAt(value, path);
  if (!isSection(given)) return [issue];
  const options = schemaNodesAt(schema, path, value).flatMap(alternatives);
  const index = options.findIndex((option) => isChosen(option, given));
  if (index >= 0)
    return (issue.errors[index] ?? []).flatMap((inner) =>
      flatten({ ...inner, path: [...path, ...inner.path] } as Issue, value, schema),
    );
  const misspelt = Object.keys(given).find((key) => nearest(key, ['kind', 'module']) !== undefined);
  if (given['kind'] === undefined && misspelt !== undefined)
    return [{ code: 'unrecognized_keys', keys: [misspelt], path, message: '', input: given }];
  return [{ ...issue, errors: [], path: [...path, 'kind'] }];
}

/**
 * Entries of a section whose names are the user's own (`groups`) begin to exist by being written: one that is not
 * complete and is called almost like another is probably that other one, misspelt.
 */
function misspeltName(issue: Issue, value: unknown, schema: SchemaNode) {
  const lacking = pathOf(issue);
  if (valueAt(value, lacking) !== undefined) return undefined;
  for (let length = 1; length < lacking.length; length++) {
    const around = lacking.slice(0, length - 1);
    const isRecord = schemaNodesAt(schema, around, value).some(
      (node) => typeof node.additionalProperties === 'object' && node.properties === undefined,
    );
    const name = String(lacking[length - 1]);
    const names = Object.keys(valueAt(value, around) ?? {}).filter((other) => other !== name);
    const meant = isRecord ? nearest(name, names) : undefined;
    if (meant === undefined) continue;
    const missing = dotted(lacking.slice(length));
    const text = `there is no such name here, did you mean ${dotted([...around, meant])}? (A new one needs ${missing})`;
    return { path: lacking.slice(0, length), text };
  }
  return undefined;
}

function unknownKey(schema: SchemaNode, path: KeyPath, value: unknown): string {
  const parent = path.slice(0, -1);
  const word = String(path.at(-1));
  const around = schemaNodesAt(schema, parent, value).flatMap((node) => chosen(node, valueAt(value, parent)));
  const siblings = [...new Set(around.flatMap((node) => Object.keys(node.properties ?? {})))];
  const others = schemaNodesAt(schema, parent, value).flatMap(alternatives);
  const takesModule = others.some((node) => node.properties?.['module'] !== undefined);
  const sibling = nearest(word, takesModule ? [...siblings, 'module'] : siblings);
  if (sibling !== undefined) return `unknown key, did you mean ${dotted([...parent, sibling])}?`;
  const kinds = others.filter((node) => node.properties?.[word] !== undefined).flatMap(kindOf);
  if (kinds.length > 0) return `unknown key; it belongs to ${kinds.join(', ')}`;
  const elsewhere = listConfigKeys(schema).map(({ key }) => key);
  const moved = elsewhere
    .filter((key) => key.endsWith(`.${word}`))
    .sort((a, b) => a.split('.').length - b.split('.').length)[0];
  if (moved !== undefined) return `unknown key, did you mean ${moved}?`;
  return `unknown key; known here: ${siblings.join(', ')}`;
}

function kindOf({ properties }: SchemaNode): readonly string[] {
  const name = properties?.['kind']?.const;
  return name === undefined ? [] : [`kind ${name}`];
}

function badValue(schema: SchemaNode, path: KeyPath, value: unknown): string {
  const nodes = schemaNodesAt(schema, path, value);
  const given = valueAt(value, path);
  const isKind = path.at(-1) === 'kind' && nodes.some((node) => node.const !== undefined);
  if (isKind) {
    const kinds = nodes.flatMap(({ const: name }) => (name === undefined ? [] : [String(name)]));
    if (given === undefined) return `missing; kinds: ${kinds.join(', ')}`;
    const guess = nearest(String(given), kinds);
    return `unknown kind ${shown(given)}${guess === undefined ? '' : `, did you mean ${guess}?`} Kinds: ${kinds.join(', ')}`;
  }
  const expected = [...new Set(nodes.map(describeNode))].join(' or ');
  const sentence = nodes.find((node) => node.description !== undefined)?.description;
  const meaning = sentence === undefined ? '' : ` (${sentence.replace(/\.$/, '')})`;
  const names = nodes
    .flatMap(alternatives)
    .flatMap((node) => node.enum ?? [])
    .map(String);
  const guess = typeof given === 'string' ? nearest(given, names) : undefined;
  const hint = guess === undefined ? '' : `; did you mean ${guess}?`;
  return `${given === undefined ? 'missing' : `${shown(given)} does not fit`}: expected ${expected}${meaning}${hint}`;
}

/** What a check between several settings, or elements of a list, has to say. */
function brokenRule(message: string, path: KeyPath, value: unknown): string {
  return `${shown(valueAt(value, path))} does not fit: ${message}`;
}

/** The value as a person would recognize it, cut to one short line. */
function shown(value: unknown): string {
  const text = value === undefined ? 'nothing' : (JSON.stringify(value) ?? String(value));
  return text.length > 60 ? `${text.slice(0, 57)}...` : text;
}

function dotted(path: KeyPath): string {
  return path.map(String).join('.');
}
