/** Names and places of run folders. */
import { existsSync } from 'node:fs';
import path from 'node:path';
import type { Config } from '../config/schema.ts';
import { RunFolderError } from '../errors.ts';
import { defaultRunFolder } from '../runFolder/runPaths.ts';
import { UsageError } from './cliErrors.ts';
import { shownPath } from './shownPath.ts';

/**
 * The folder of a new run, `<out>/<name>`, absolute. Without a name it is `<method>-<local time>`.
 * @throws UsageError for a name that is not one folder; RunFolderError when the folder exists.
 */
export function newRunFolder(
  config: Config,
  options: { readonly out: string; readonly name?: string | undefined },
): string {
  const { out, name } = options;
  if (name !== undefined && (!/^[^/\\\0]+$/.test(name) || name === '.' || name === '..'))
    throw new UsageError(`--name "${name}": expected the name of one folder; --out says where it goes`);
  const folder = path.resolve(out, name ?? path.basename(defaultRunFolder(config.method, Date.now())));
  if (!existsSync(folder)) return folder;
  const shown = shownPath(folder);
  throw new RunFolderError(
    `${shown} exists already; nerfstream resume ${shown} goes on with it, --name gives a new run another folder`,
    folder,
  );
}
