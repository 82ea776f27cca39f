/** Reads a JSON file of a data set. */
import type { z } from 'zod';
import { DataError } from '../../errors.ts';
import { readDataText } from '../readDataFile.ts';
import { describeIssue } from './describeIssue.ts';
import { jsonErrorOffset } from './jsonErrorOffset.ts';

/**
 * The content of `file`, UTF-8 or UTF-16.
 * @throws DataError, one line, when it cannot be read, is broken (at which line and column), or is not what `schema` says
 */
export async function readJsonAs<Schema extends z.ZodType>(
  schema: Schema,
  file: string,
): Promise<z.output<Schema>> {
  const checked = schema.safeParse(await readJson(file));
  if (checked.success) return checked.data;
  throw new DataError(`${file}: ${describeIssue(checked.error)}.`, file);
}

async function readJson(file: string): Promise<unknown> {
  const json = await readDataText(file);
  try {
    return JSON.parse(json) as unknown;
  } catch (error) {
    throw new DataError(`${file}: ${describe(json)}`, file, { cause: error });
  }
}

function describe(json: string): string {
  if (json.trim() === '') return 'is empty; it should hold the poses of the images. Make it again.';
  const offset = jsonErrorOffset(json);
  const before = json.slice(0, offset);
  const line = before.split('\n').length;
  const column = offset - (before.lastIndexOf('\n') + 1) + 1;
  const where = `line ${line}, column ${column}`;
  if (offset >= json.length) return `is not complete: the JSON ends too early, at ${where}. Make it again.`;
  const rest = json.slice(offset, offset + 16);
  const notFinite = /^-?(NaN|Infinity)/.exec(rest);
  if (notFinite !== null)
    return `${where}: ${notFinite[0]} is not a number. Correct the value or remove its frame.`;
  return `is broken JSON: unexpected ${JSON.stringify(json.slice(offset, offset + 1))} at ${where}. Correct it there.`;
}
