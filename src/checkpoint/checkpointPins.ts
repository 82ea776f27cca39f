/**
 * Checkpoints that somebody wants to keep, by name: `pins.json` beside them, a map of names to steps. Another process may
 * change it while a run saves, so it is read again before anything is deleted.
 */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { CheckpointError } from '../errors.ts';
import { writeFileAtomically } from '../runFolder/writeFileAtomically.ts';
import { fileSystemError } from './fileSystemError.ts';

/** Steps by the name of their pin. */
export type CheckpointPins = ReadonlyMap<string, number>;

const pinsSchema = z.record(
  z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/),
  z.number().int().nonnegative(),
);

/** The pins of a folder of checkpoints; none without the file. @throws CheckpointError when it cannot be read */
export async function readPins(folder: string): Promise<CheckpointPins> {
  const file = pinsFile(folder);
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return new Map();
    throw fileSystemError(error, `${file} cannot be read`, file);
  }
  try {
    return new Map(Object.entries(pinsSchema.parse(JSON.parse(text))));
  } catch (error) {
    throw new CheckpointError(
      `${file} is damaged: mend it (a JSON map of names to steps) or delete it.`,
      file,
      { cause: error },
    );
  }
}

/** Replaces the pins of a folder. @throws CheckpointError for a name that is none, or when the file cannot be written */
export async function writePins(folder: string, pins: CheckpointPins): Promise<void> {
  const file = pinsFile(folder);
  const parsed = pinsSchema.safeParse(Object.fromEntries(pins));
  if (!parsed.success)
    throw new CheckpointError(
      'A pin is named with letters, digits, ".", "_" and "-", at most 64 of them, the first a letter or digit.',
      file,
    );
  try {
    await writeFileAtomically(file, `${JSON.stringify(parsed.data, null, 2)}\n`);
  } catch (error) {
    throw fileSystemError(error, `${file} cannot be written`, file);
  }
}

function pinsFile(folder: string): string {
  return join(folder, 'pins.json');
}
