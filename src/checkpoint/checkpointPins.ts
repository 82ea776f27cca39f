/**
 * Checkpoints that somebody wants to keep, by name: `pins.json` beside them, a map of names to steps. Other processes
 * change it while a run saves: who changes pins, or deletes what they do not keep, holds `pins.lock`.
 */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { z } from 'zod';
import { CheckpointError, RunFolderError } from '../errors.ts';
import { type RunLock, takeRunLock } from '../runFolder/runLock.ts';
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

/** A lock that others hold for some milliseconds is tried again, for so long together. */
const waitMs = 20;
const longestWaitMs = 10_000;

/**
 * Does `work` with the pins of a folder while nobody else changes them or deletes what they do not keep.
 * @throws CheckpointError when another process does not let go, or the lock cannot be written; what `work` throws
 */
export async function withPins<Result>(
  folder: string,
  work: (pins: CheckpointPins) => Result | Promise<Result>,
): Promise<Result> {
  const lock = await takePinsLock(join(folder, 'pins.lock'));
  try {
    return await work(await readPins(folder));
  } finally {
    await lock.release();
  }
}

async function takePinsLock(file: string): Promise<RunLock> {
  const until = performance.now() + longestWaitMs;
  for (;;)
    try {
      return await takeRunLock(file);
    } catch (error) {
      // A lock that cannot be written has a cause; another process's has none.
      if (!(error instanceof RunFolderError) || error.cause !== undefined)
        throw fileSystemError((error as Error).cause ?? error, `${file} cannot be written`, file);
      if (performance.now() > until)
        throw new CheckpointError(`${file} is held by another process that changes pins. Try again.`, file);
      await setTimeout(waitMs);
    }
}

function pinsFile(folder: string): string {
  return join(folder, 'pins.json');
}
