/** The run folder's `summary.json`: how the run ended, for scripts. */
import { RunFolderError } from '../errors.ts';
import { fileSystemReason } from '../fileSystemReason.ts';
import { runPaths } from './runPaths.ts';
import { writeFileAtomically } from './writeFileAtomically.ts';

/**
 * Writes the summary of the run in `folder`. Numbers that JSON lacks become the strings "NaN", "Infinity", "-Infinity".
 *
 * @throws RunFolderError if it cannot
 */
export async function writeSummary(folder: string, summary: object): Promise<void> {
  const text = JSON.stringify(summary, (_key, value: unknown) => jsonNumber(value), 2);
  const file = runPaths(folder).summary;
  await writeFileAtomically(file, `${text}\n`).catch((cause: unknown) => {
    throw new RunFolderError(`${file} cannot be written: ${fileSystemReason(cause)}.`, file, { cause });
  });
}

function jsonNumber(value: unknown): unknown {
  return typeof value === 'number' && !Number.isFinite(value) ? String(value) : value;
}
