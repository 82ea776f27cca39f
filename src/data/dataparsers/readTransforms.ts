/** Reads and checks a `transforms.json` file. */
import { dirname } from 'node:path';
import type { z } from 'zod';
import { DataError } from '../../errors.ts';
import { readJson } from './readJson.ts';
import {
  type FrameFields,
  frameSchema,
  type TransformsFields,
  transformsSchema,
} from './transformsSchema.ts';

/** A file that has been checked. */
export interface Transforms {
  readonly file: string;
  /** What paths in the file are relative to. */
  readonly folder: string;
  readonly fields: TransformsFields;
  /** At least one, unless the file may have none. */
  readonly frames: readonly FrameFields[];
}

/**
 * Reads the file.
 * @param options `mayBeEmpty`: a file without frames is no error (a list of held-out images)
 * @throws DataError, one line with the frame and field in question
 */
export async function readTransforms(file: string, { mayBeEmpty = false } = {}): Promise<Transforms> {
  const content = await readJson(file);
  const checked = transformsSchema.safeParse(content);
  if (!checked.success) throw new DataError(`${file}: ${describeIssue(checked.error)}.`, file);
  const fields = checked.data;
  if (fields.frames.length === 0 && !mayBeEmpty)
    throw new DataError(`${file}: lists no frames. Add the images and their poses.`, file);
  const frames = fields.frames.map((frame, index) => checkFrame(frame, index, file));
  return { file, folder: dirname(file), fields, frames };
}

function checkFrame(frame: unknown, index: number, file: string): FrameFields {
  const checked = frameSchema.safeParse(frame);
  if (checked.success) return checked.data;
  const name = (frame as { file_path?: unknown } | null)?.file_path;
  const where = `frames[${index}]${typeof name === 'string' ? ` (${JSON.stringify(name)})` : ''}`;
  throw new DataError(
    `${file}: ${where}: ${describeIssue(checked.error)}. Correct or remove this frame.`,
    file,
  );
}

/** The first issue as `transform_matrix[0][3] must be a number, but is null`. */
function describeIssue({ issues }: z.ZodError): string {
  const { path, message, code } = issues[0]!;
  const key = path
    .map((part) => (typeof part === 'number' ? `[${part}]` : `.${String(part)}`))
    .join('')
    .replace(/^\./, '');
  const [, expected, received] = /expected (\S+), received (\S+)/.exec(message) ?? [];
  if (code !== 'invalid_type' || expected === undefined) return `${key} ${lowerFirst(message)}`.trim();
  const article = /^[aeiou]/.test(expected) ? 'an' : 'a';
  if (key === '') return `must be ${article} ${expected}, but is ${received}`;
  return received === 'undefined'
    ? `${key} is missing`
    : `${key} must be ${article} ${expected}, but is ${received}`;
}

function lowerFirst(text: string): string {
  return text.slice(0, 1).toLowerCase() + text.slice(1);
}
