/** Opens a data set, whatever its format. */
import { readdir, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import type { DataConfig } from '../../config/schema.ts';
import { DataError } from '../../errors.ts';
import type { Scene } from '../scene.ts';
import type { DataLog } from './dataLog.ts';
import { parseBlender } from './parseBlender.ts';
import { parseNerfstudio } from './parseNerfstudio.ts';

/**
 * Reads poses and image sizes (not the images) of the data set at `config.path`: a folder, or a transforms .json file.
 * `parser: auto` takes a folder with `transforms_train.json` as blender, one with `transforms.json` as nerfstudio.
 * Throws `DataError`, one line that says what is wrong, where, and what to do.
 */
export async function parseScene(config: DataConfig, log: DataLog): Promise<Scene> {
  const { path } = config;
  if (path === '') throw new DataError('No data set given. Name its folder: --data DIR.', path);
  const found = await stat(path).catch((error: NodeJS.ErrnoException) => {
    const reason = error.code === 'ENOENT' ? 'does not exist' : `cannot be read (${error.code})`;
    throw new DataError(`${path}: ${reason}. Name the folder of a data set: --data DIR.`, path);
  });
  if (!found.isDirectory()) return parseFile(path, config, log);
  const names = await readdir(path).catch((error: NodeJS.ErrnoException) => {
    throw new DataError(`${path}: cannot be read (${error.code}).`, path, { cause: error });
  });
  if (names.length === 0)
    throw new DataError(`${path}: the folder is empty. It should hold images and transforms.json.`, path);
  const blender = names.includes('transforms_train.json');
  const nerfstudio = names.includes('transforms.json');
  if (blender && config.parser !== 'nerfstudio') return parseBlender(path, config, log);
  if (nerfstudio && config.parser !== 'blender')
    return parseNerfstudio(join(path, 'transforms.json'), config, log);
  throw new DataError(describeUnknown(path, config.parser, names), path);
}

function parseFile(path: string, config: DataConfig, log: DataLog): Promise<Scene> {
  if (!path.toLowerCase().endsWith('.json'))
    throw new DataError(
      `${path}: is not a folder and not a .json file. Name the folder of a data set.`,
      path,
    );
  const blender =
    config.parser === 'blender' || (config.parser === 'auto' && basename(path) === 'transforms_train.json');
  return blender ? parseBlender(dirname(path), config, log) : parseNerfstudio(path, config, log);
}

function describeUnknown(path: string, parser: DataConfig['parser'], names: readonly string[]): string {
  const needed = {
    auto: 'transforms.json (nerfstudio, instant-ngp) or transforms_train.json (blender)',
    blender: 'transforms_train.json',
    nerfstudio: 'transforms.json',
  }[parser];
  const hint = names.some((name) => name === 'sparse' || name === 'colmap')
    ? ' It looks like a COLMAP model: convert it to transforms.json first.'
    : ' Name the folder that holds it.';
  return `${path}: has no ${needed}.${hint}`;
}
