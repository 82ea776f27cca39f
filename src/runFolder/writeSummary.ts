/** The run folder's `summary.json`: how the run ended, for scripts. */
import { runPaths } from './runPaths.ts';
import { writeFileAtomically } from './writeFileAtomically.ts';

/** Writes the summary of the run in `folder`. Numbers that JSON lacks become the strings "NaN", "Infinity", "-Infinity". */
export async function writeSummary(folder: string, summary: object): Promise<void> {
  const text = JSON.stringify(summary, (_key, value: unknown) => jsonNumber(value), 2);
  await writeFileAtomically(runPaths(folder).summary, `${text}\n`);
}

function jsonNumber(value: unknown): unknown {
  return typeof value === 'number' && !Number.isFinite(value) ? String(value) : value;
}
