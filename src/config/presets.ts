/** The methods that come with nerfstream: YAML files in `configs/`. */
import { readdirSync } from 'node:fs';
import path from 'node:path';
import { ConfigError } from '../errors.ts';
import { nearest } from './nearest.ts';
import { packageRoot } from './packageRoot.ts';

/** Names of the methods, sorted: what `loadConfig` and `nerfstream train` take. */
export function presets(): readonly string[] {
  return readdirSync(path.join(packageRoot(), 'configs'))
    .filter((file) => file.endsWith('.yaml'))
    .map((file) => path.basename(file, '.yaml'))
    .sort();
}

/**
 * The file that a method's name or a path means.
 * @param folder relative paths are resolved against it.
 * @throws ConfigError for a name that is no method, listing those that are.
 */
export function configFileOf(nameOrFile: string, folder: string): string {
  if (/[\\/]|\.ya?ml$/i.test(nameOrFile)) return path.resolve(folder, nameOrFile);
  const names = presets();
  if (names.includes(nameOrFile)) return path.join(packageRoot(), 'configs', `${nameOrFile}.yaml`);
  const guess = nearest(nameOrFile, names);
  throw new ConfigError(
    `unknown method "${nameOrFile}"${guess === undefined ? '' : `, did you mean ${guess}?`} Methods: ${names.join(', ')}; or give a .yaml file`,
  );
}
