/** Cuts a file of lines (metrics.jsonl, metrics.csv) back to the step that a run continues from. */
import { createReadStream } from 'node:fs';
import { open, rename, rm, stat } from 'node:fs/promises';
import { createInterface } from 'node:readline';

/**
 * Drops lines that do not belong: of later steps, and not whole (a killed run leaves one at the end). The file is
 * replaced at once, and only if there is something to drop. A missing file is left missing.
 *
 * @param belongs whether a line, given without its line feed, stays; `ended`: whether it had one
 */
export async function dropLinesBeyond(
  file: string,
  belongs: (line: string, ended: boolean) => boolean,
): Promise<void> {
  const temporary = `${file}.tmp`;
  const size = await stat(file).then(
    (stats) => stats.size,
    () => undefined,
  );
  if (size === undefined) return;
  const target = await open(temporary, 'w');
  let read = 0;
  let kept = 0;
  let pending = '';
  for await (const line of createInterface({
    input: createReadStream(file),
    crlfDelay: Number.POSITIVE_INFINITY,
  })) {
    read += Buffer.byteLength(line) + 1;
    if (!belongs(line, read <= size)) continue;
    pending += `${line}\n`;
    kept += Buffer.byteLength(line) + 1;
    if (pending.length > 1_000_000) {
      await target.appendFile(pending);
      pending = '';
    }
  }
  await target.appendFile(pending);
  await target.sync();
  await target.close();
  if (kept !== size) await rename(temporary, file);
  else await rm(temporary);
}
