/** Modules of users are code: a worker runs those in the folder that it allows, and no others. */
import { realpath } from 'node:fs/promises';
import path from 'node:path';
import { ConfigError } from '../../errors.ts';
import type { RunJob } from '../runJob.ts';

/**
 * @param allowed the folder of `--modules`; without one no module is allowed
 * @throws ConfigError naming key, module and what to do
 */
export async function checkModules(
  { config }: Pick<RunJob, 'config'>,
  allowed: string | undefined,
): Promise<void> {
  for (const [key, module] of modulesIn(config, [])) {
    const refused = (why: string) =>
      new ConfigError(`${key}: this worker does not run the module ${module}: ${why}`, { path: key });
    if (allowed === undefined) throw refused('start it with --modules DIR');
    if (typeof module !== 'string' || !path.isAbsolute(module)) throw refused('it is no absolute path');
    // Links are followed first: what counts is where the code lies.
    const file = await realpath(module).catch(() => undefined);
    if (file === undefined) throw refused('it is not there');
    if (!isInside(file, await realpath(allowed).catch(() => allowed)))
      throw refused(`it is not in ${allowed}, the folder of --modules`);
  }
}

/** Whether `place` lies in `folder`; both are absolute. */
export function isInside(place: string, folder: string): boolean {
  const relative = path.relative(folder, place);
  return (
    relative !== '' &&
    !relative.startsWith(`..${path.sep}`) &&
    relative !== '..' &&
    !path.isAbsolute(relative)
  );
}

/** Every key `module`, wherever it stands: a section that can be a module today may get company tomorrow. */
function* modulesIn(value: unknown, keys: readonly string[]): Generator<[key: string, module: unknown]> {
  if (typeof value !== 'object' || value === null) return;
  for (const [key, inner] of Object.entries(value)) {
    if (key === 'module' && inner !== undefined && inner !== null) yield [[...keys, key].join('.'), inner];
    else yield* modulesIn(inner, [...keys, key]);
  }
}
