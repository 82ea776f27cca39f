/** Where the installed package lies: presets and the version are read from there. */
import { existsSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

/** The folder that holds `configs/schema.json`, seen from the sources as well as from `dist`. */
export function packageRoot(): string {
  let folder = path.dirname(fileURLToPath(import.meta.url));
  while (!existsSync(path.join(folder, 'configs', 'schema.json'))) {
    const parent = path.dirname(folder);
    if (parent === folder)
      throw new Error(
        'nerfstream is not installed completely: its configs folder is missing. Install it again.',
      );
    folder = parent;
  }
  return folder;
}
