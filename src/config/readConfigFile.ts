/** Reads one YAML configuration file, remembering the line of every key. */
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { type Document, isMap, isScalar, isSeq, LineCounter, parseDocument } from 'yaml';
import { ConfigError } from '../errors.ts';
import { type ConfigLayer, isSection, type KeyPath } from './configLayer.ts';
import { resolvePaths } from './namedFiles.ts';

/** A file's settings, and what it extends. */
export interface ConfigFile extends ConfigLayer {
  readonly file: string;
  /** Name of a preset or path of a file, as written. */
  readonly extends?: string;
}

/**
 * Reads a YAML file. Relative paths in it are resolved against its folder.
 * @throws ConfigError when it cannot be read, is not YAML, or is not a section of keys.
 */
export async function readConfigFile(file: string): Promise<ConfigFile> {
  const shown = path.relative('', file).startsWith('..') ? file : path.relative('', file);
  const lines = new LineCounter();
  const document = parseDocument(await readText(file, shown), { lineCounter: lines, prettyErrors: false });
  const problem = document.errors[0];
  if (problem !== undefined) {
    const { line } = lines.linePos(problem.pos[0]);
    throw new ConfigError(
      `${shown}:${line}: not valid YAML: ${problem.message}`,
      { file },
      { cause: problem },
    );
  }
  const content: unknown = toPlain(document, file, shown) ?? {};
  if (!isSection(content))
    throw new ConfigError(`${shown}:1: expected keys and values, for example "trainer: {maxSteps: 2000}"`, {
      file,
    });
  const { extends: base, ...own } = content;
  const origin = (keys: KeyPath) => `${shown}:${lineOf(document, lines, keys)}`;
  if (base !== undefined && typeof base !== 'string')
    throw new ConfigError(
      `${origin(['extends'])}: extends: expected the name of a method or the path of a file`,
      {
        file,
        path: 'extends',
      },
    );
  return {
    value: resolvePaths(own, path.dirname(file)),
    file,
    origin,
    ...(base !== undefined && { extends: base }),
  };
}

async function readText(file: string, shown: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (cause) {
    const code = (cause as NodeJS.ErrnoException).code;
    const reason = code === 'ENOENT' ? 'there is no such file' : (code ?? String(cause));
    throw new ConfigError(`${shown}: cannot be read: ${reason}`, { file }, { cause });
  }
}

function toPlain(document: Document, file: string, shown: string): unknown {
  try {
    return document.toJS();
  } catch (cause) {
    throw new ConfigError(`${shown}: ${(cause as Error).message}`, { file }, { cause });
  }
}

/** Line of the key at `keys`, or of the nearest section around it that stands in the file. */
function lineOf(document: Document, lines: LineCounter, keys: KeyPath): number {
  let node: unknown = document.contents;
  let offset = 0;
  for (const key of keys) {
    if (isSeq(node)) {
      node = node.items[Number(key)];
    } else if (isMap(node)) {
      const pair = node.items.find((item) => isScalar(item.key) && String(item.key.value) === String(key));
      if (isScalar(pair?.key)) offset = pair.key.range?.[0] ?? offset;
      node = pair?.value;
    } else break;
    if (isMap(node) && isSeq(node)) offset = node.range?.[0] ?? offset;
  }
  return lines.linePos(offset).line;
}
