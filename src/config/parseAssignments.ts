/** Reads `key=value` arguments of the command line. */
import path from 'node:path';
import { parseDocument } from 'yaml';
import { ConfigError } from '../errors.ts';
import { type ConfigLayer, mergeSections, type RawSection } from './configLayer.ts';
import { resolvePaths } from './namedFiles.ts';

/**
 * Turns `trainer.maxSteps=2000` into a layer over the configuration. The key is dotted; the value is a YAML scalar or
 * flow collection (`sinks=[{kind: jsonl}]`); `key=null` takes back what a file says, so that the default applies.
 *
 * @param folder relative paths among the values are resolved against it; default: the working directory.
 * @throws ConfigError when an argument is not of that form.
 */
export function parseAssignments(
  assignments: readonly string[],
  folder: string = process.cwd(),
): ConfigLayer {
  let value: RawSection = {};
  for (const assignment of assignments) value = mergeSections(value, parseAssignment(assignment));
  return { value: resolvePaths(value, path.resolve(folder)), origin: () => 'command line' };
}

function parseAssignment(assignment: string): RawSection {
  const equals = assignment.indexOf('=');
  const key = assignment.slice(0, Math.max(equals, 0));
  const keys = key.split('.');
  if (equals < 0 || keys.some((part) => part === ''))
    throw new ConfigError(
      `command line: "${assignment}" is not of the form key=value, for example trainer.maxSteps=2000`,
    );
  const text = assignment.slice(equals + 1);
  if (text.trim() === '')
    throw new ConfigError(`command line: ${key}= has no value; ${key}=null takes back what a file says`, {
      path: key,
    });
  return keys.reduceRight<unknown>((inner, part) => ({ [part]: inner }), parseValue(key, text)) as RawSection;
}

function parseValue(key: string, text: string): unknown {
  const document = parseDocument(text, { prettyErrors: false });
  const cause = document.errors[0];
  if (cause === undefined) return document.toJS();
  throw new ConfigError(
    `command line: ${key}: "${text}" is not valid YAML; quote it if it is text`,
    { path: key },
    { cause },
  );
}
