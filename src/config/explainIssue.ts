/** Turns a finding of the schema into one line that says what is wrong, where, and what to do. */
import type { z } from 'zod';
import { ConfigError } from '../errors.ts';
import { chosen, configJsonSchema, type SchemaNode, schemaNodesAt } from './configJsonSchema.ts';
import { type ConfigLayer, type KeyPath, layerOf, valueAt } from './configLayer.ts';
import { describeNode } from './describeNode.ts';
import { listConfigKeys } from './listConfigKeys.ts';
import { nearest } from './nearest.ts';

type Issue = z.core.$ZodIssue;

/**
 * The error for what the schema found: the first unknown key, else the first finding, with the number of others.
 * @param value the merged configuration that was checked; `layers`: what it was merged from, for file and line.
 */
export function explainIssues(
  issues: readonly Issue[],
  value: unknown,
  layers: readonly ConfigLayer[],
): ConfigError {
  const found = issues.flatMap((issue) => flatten(issue, value));
  // A rule between settings says little while one of them is wrong on its own.
  const alone = found.filter((issue) => issue.code !== 'custom');
  const flat = alone.length > 0 ? alone : found;
  const first = flat.find((issue) => issue.code === 'unrecognized_keys') ?? flat[0];
  if (first === undefined) return new ConfigError('the configuration is not valid');
  const schema = configJsonSchema();
  const path = first.code === 'unrecognized_keys' ? [...first.path, first.keys[0] ?? ''] : first.path;
  const text =
    first.code === 'unrecognized_keys'
      ? unknownKey(schema, path, value)
      : first.code === 'custom'
        ? brokenRule(first.message, path, value)
        : badValue(schema, path, value);
  const layer = layerOf(layers, path);
  const origin = layer?.origin(path);
  const keys = new Set(
    flat.map((issue) => dotted(issue.path) + (issue.code === 'unrecognized_keys' ? issue.keys : '')),
  );
  const others = keys.size > 1 ? ` (and ${keys.size - 1} more)` : '';
  return new ConfigError(`${origin === undefined ? '' : `${origin}: `}${dotted(path)}: ${text}${others}`, {
    ...(layer?.file !== undefined && { file: layer.file }),
    path: dotted(path),
  });
}

/** A finding about a union of sections becomes the findings of the alternative that fits best. */
function flatten(issue: Issue, value: unknown): readonly Issue[] {
  if (issue.code !== 'invalid_union' || issue.errors.length === 0) return [issue];
  const given = valueAt(value, issue.path);
  if (typeof given !== 'object' || given === null) return [issue];
  const best = [...issue.errors].sort((a, b) => a.length - b.length)[0] ?? [];
  return best.map((inner) => ({ ...inner, path: [...issue.path, ...inner.path] }) as Issue);
}

function unknownKey(schema: SchemaNode, path: KeyPath, value: unknown): string {
  const parent = path.slice(0, -1);
  const word = String(path.at(-1));
  const around = schemaNodesAt(schema, parent, value).flatMap((node) => chosen(node, valueAt(value, parent)));
  const siblings = [...new Set(around.flatMap((node) => Object.keys(node.properties ?? {})))];
  const sibling = nearest(word, siblings);
  if (sibling !== undefined) return `unknown key, did you mean ${dotted([...parent, sibling])}?`;
  const elsewhere = listConfigKeys(schema).map(({ key }) => key);
  const moved = elsewhere
    .filter((key) => key.endsWith(`.${word}`))
    .sort((a, b) => a.split('.').length - b.split('.').length)[0];
  if (moved !== undefined) return `unknown key, did you mean ${moved}?`;
  return `unknown key; known here: ${siblings.join(', ')}`;
}

function badValue(schema: SchemaNode, path: KeyPath, value: unknown): string {
  const nodes = schemaNodesAt(schema, path, value);
  const given = valueAt(value, path);
  const isKind = path.at(-1) === 'kind' && nodes.some((node) => node.const !== undefined);
  if (isKind) {
    const kinds = nodes.map((node) => String(node.const));
    if (given === undefined) return `missing; kinds: ${kinds.join(', ')}`;
    const guess = nearest(String(given), kinds);
    return `unknown kind ${shown(given)}${guess === undefined ? '' : `, did you mean ${guess}?`} Kinds: ${kinds.join(', ')}`;
  }
  const expected = [...new Set(nodes.map(describeNode))].join(' or ');
  const sentence = nodes.find((node) => node.description !== undefined)?.description;
  const meaning = sentence === undefined ? '' : ` (${sentence.replace(/\.$/, '')})`;
  return `${given === undefined ? 'missing' : `${shown(given)} does not fit`}: expected ${expected}${meaning}`;
}

/** What a check between several settings, or elements of a list, has to say. */
function brokenRule(message: string, path: KeyPath, value: unknown): string {
  return `${shown(valueAt(value, path))} does not fit: ${message}`;
}

/** The value as a person would recognize it, cut to one short line. */
function shown(value: unknown): string {
  const text = JSON.stringify(value) ?? String(value);
  return text.length > 60 ? `${text.slice(0, 57)}...` : text;
}

function dotted(path: KeyPath): string {
  return path.map(String).join('.');
}
