/** Reads and checks a `transforms.json` file. */
import { dirname } from 'node:path';
import { DataError } from '../../errors.ts';
import { describeIssue } from './describeIssue.ts';
import { readJsonAs } from './readJson.ts';
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
  const fields = await readJsonAs(transformsSchema, file);
  if (fields.frames.length === 0 && !mayBeEmpty)
    throw new DataError(`${file}: lists no frames. Add the images and their poses.`, file);
  const frames = fields.frames.map((frame, index) => checkFrame(frame, placeOf(frame, index), file));
  return { file, folder: dirname(file), fields, frames };
}

/**
 * A frame whose fields are what they should be.
 * @param where `frames[3]` and the like, for the message
 * @throws DataError, one line
 */
export function checkFrame(frame: unknown, where: string, file: string): FrameFields {
  const checked = frameSchema.safeParse(frame);
  if (checked.success) return checked.data;
  throw new DataError(
    `${file}: ${where}: ${describeIssue(checked.error)}. Correct or remove this frame.`,
    file,
  );
}

function placeOf(frame: unknown, index: number): string {
  const name = (frame as { file_path?: unknown } | null)?.file_path;
  return `frames[${index}]${typeof name === 'string' ? ` (${JSON.stringify(name)})` : ''}`;
}
