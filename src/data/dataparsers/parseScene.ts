/** Opens a data set, whatever its format. */
import { readdir, stat } from 'node:fs/promises';
import { basename, dirname, join, relative, resolve, sep } from 'node:path';
import { DataError } from '../../errors.ts';
import { type Chosen, chosenKind } from '../../loadKind.ts';
import type { DataConfig } from '../dataSchema.ts';
import type { PhotoFindings } from '../photoFindings.ts';
import { isForeignPhoto, isPhoto, isVideo } from '../photoNames.ts';
import type { Scene } from '../scene.ts';
import type { DataLog, Dataparser, DataSource } from './dataparser.ts';
import { dataparserKinds } from './dataparserKinds.ts';
import { fitScene, lookAtPhotos } from './fitScene.ts';

/** Files that may be named in the place of their folder. */
const namesPoses = /\.(json|xml|csv)$/i;
const kinds: readonly Dataparser[] = dataparserKinds.kinds;

/**
 * Reads poses and image sizes (of the images only a few) of the data set at `config.path`: a folder, or the file in it that says where photos were taken from.
 * `config.parser` says who reads it; with `auto` it is the first that recognizes its files.
 * @param findings what the photos were found to say before; without it a few of them are decoded
 * @throws DataError, one line that says what is wrong, where, and what to do; ConfigError for a module that cannot be used
 */
export async function parseScene(config: DataConfig, log: DataLog, findings?: PhotoFindings): Promise<Scene> {
  const source = await openSource(config.path);
  const { kind, settings } = await chosenParser(config, source);
  const scene = await kind.parse(source, settings, { placement: config, split: config, log });
  return fitScene(scene, config, findings ?? (await lookAtPhotos(scene)));
}

/** Looks at the place of a data set, which must exist. @throws DataError */
async function openSource(path: string): Promise<DataSource> {
  if (path === '') throw new DataError('No data set given. Name its folder: --data DIR.', path);
  const found = await stat(path).catch((error: NodeJS.ErrnoException) => {
    const reason = error.code === 'ENOENT' ? 'does not exist' : `cannot be read (${error.code})`;
    throw new DataError(`${path}: ${reason}. Say where the data set is: --data DIR.`, path);
  });
  if (!found.isDirectory()) return { folder: dirname(path), file: path, names: [basename(path)] };
  const names = await readdir(path).catch((error: NodeJS.ErrnoException) => {
    throw new DataError(`${path}: cannot be read (${error.code}).`, path, { cause: error });
  });
  if (names.length === 0)
    throw new DataError(`${path}: the folder is empty. It should hold images and transforms.json.`, path);
  return { folder: path, names };
}

async function chosenParser({ path, parser }: DataConfig, source: DataSource): Promise<Chosen<Dataparser>> {
  if (parser === 'auto') {
    for (const kind of kinds) {
      const settings = kind.schema.parse({});
      if (await kind.recognizes(source, settings)) return { kind, settings };
    }
    throw new DataError(describeUnknown(path, kinds, source), path);
  }
  const section = typeof parser === 'string' ? { kind: parser } : parser;
  const chosen = await chosenKind<Dataparser>(section, dataparserKinds);
  if (await chosen.kind.recognizes(source, chosen.settings)) return chosen;
  throw new DataError(describeUnknown(path, [chosen.kind], source), path);
}

function describeUnknown(path: string, asked: readonly Dataparser[], { file, names }: DataSource): string {
  if (file !== undefined && isVideo(file)) return noPoses(path, 'is a video');
  if (file !== undefined && !namesPoses.test(file))
    return `${path}: is not a folder and not a .json, .xml or .csv file. Name the folder of a data set.`;
  if (names.some((name) => isPhoto(name) || isForeignPhoto(name)) || names.join() === 'images')
    return noPoses(path, 'holds photos');
  const colmap = names.some((name) => name === 'sparse' || name === 'colmap');
  const alike = names.filter((name) => /transform.*\.json$/i.test(name)).sort()[0];
  const hint = colmap
    ? ' Its COLMAP folder holds no whole model: cameras, images and points3D, as .bin or .txt. An interrupted nerfstream process goes on when it is started again.'
    : alike === undefined
      ? ' Name the folder that holds it.'
      : ` ${alike} is there: if that is it, name the file (--data ${join(path, alike)}).`;
  return `${path}: has no ${anyOf(asked.map(({ needs }) => needs))}.${hint}`;
}

/** `a, b or c` */
function anyOf(names: readonly string[]): string {
  return [names.slice(0, -1).join(', '), ...names.slice(-1)].filter(Boolean).join(' or ');
}

function noPoses(path: string, what: string): string {
  const posed = `${path.replace(/\.\w+$|[\\/]+$/, '')}-posed`;
  return `${path}: ${what}, but does not say where they were taken from. Find that out first: nerfstream process ${path} --out ${posed} (train --process does both).`;
}

/**
 * @param place folder of a data set, or the file in it that describes it
 * @returns the name of a file as seen from that folder, with `/` on every system
 */
export function namesSeenFrom(place: string): (file: string) => string {
  const folder = resolve(namesPoses.test(place) ? dirname(place) : place);
  return (file) => relative(folder, file).split(sep).join('/');
}
