/** Real captures, which are not part of the repository: what needs them is skipped, by name, where they are absent. */
import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';

/** The folder that NERFSTREAM_DATA_DIR names, else shared/data beside the project. */
export const dataDir = resolve(
  process.env['NERFSTREAM_DATA_DIR'] || join(import.meta.dirname, '../../../shared/data'),
);

export function hasDataSet(name: string): boolean {
  return existsSync(join(dataDir, name));
}
