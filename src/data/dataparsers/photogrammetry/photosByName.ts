/** The photos that a program of photogrammetry calls by their names, wherever they lie. */
import { readdir, stat } from 'node:fs/promises';
import { join, posix, relative, sep } from 'node:path';
import { DataError } from '../../../errors.ts';
import { isPhoto } from '../../photoNames.ts';
import { plainPath } from '../captureScene.ts';
import type { DataLog } from '../dataparser.ts';

/** Folders of what is no photo of the capture, or a smaller copy of one. */
const besides = /(^|\/)(masks?|depths?|images_\d+|\..*)\//i;

export interface NamedCameras<Camera> {
  /** File that names the photos; messages name it. */
  readonly source: string;
  /** The data set's. */
  readonly folder: string;
  /** Folder of the photos, seen from the data set's, where one is named. */
  readonly images?: string | undefined;
  readonly cameras: readonly Camera[];
  /** With folders or without, with an extension or without. */
  readonly nameOf: (camera: Camera) => string;
  readonly log: DataLog;
}

export interface CameraOfPhoto<Camera> {
  readonly camera: Camera;
  /** Path, seen from the data set's folder. */
  readonly photo: string;
}

/**
 * Cameras whose photo is there. One warning says how many are left out.
 * @throws DataError when no photo is there, two cameras have the same one, or a name may be that of several
 */
export async function photosByName<Camera>(search: NamedCameras<Camera>): Promise<CameraOfPhoto<Camera>[]> {
  const { source, folder, cameras, nameOf, log } = search;
  const place = await photoFolder(folder, search.images);
  const photoOf = photoFinder(await listPhotos(folder, place), source);
  const found: CameraOfPhoto<Camera>[] = [];
  const missing: string[] = [];
  const names = new Map<string, string>();
  for (const camera of cameras) {
    const name = nameOf(camera);
    const photo = photoOf(name);
    if (photo === undefined) missing.push(name);
    else if (!names.has(photo)) found.push({ camera, photo });
    else
      throw new DataError(
        `${source}: the cameras ${JSON.stringify(names.get(photo))} and ${JSON.stringify(name)} have the same photo, ${photo}. Give each photo a name of its own, and export again.`,
        source,
      );
    if (photo !== undefined) names.set(photo, name);
  }
  if (missing.length === 0) return found;
  const where = `no photo in ${join(folder, place)} has the name (the first is ${JSON.stringify(missing[0])})`;
  if (found.length === 0)
    throw new DataError(
      `${source}: none of its ${missing.length} photos exists: ${where}. Put them there, or name their folder: data.parser.images=DIR.`,
      source,
    );
  log.warn(`${source}: ${missing.length} of its ${cameras.length} photos are left out: ${where}.`);
  return found;
}

async function photoFolder(folder: string, wanted: string | undefined): Promise<string> {
  if (wanted !== undefined) return wanted;
  const found = await stat(join(folder, 'images')).catch(() => undefined);
  return found?.isDirectory() ? 'images' : '.';
}

/** Seen from the data set's folder, with `/` on every system. */
async function listPhotos(folder: string, place: string): Promise<string[]> {
  const names = await readdir(join(folder, place), { recursive: true }).catch(() => []);
  const photos = names.filter(isPhoto).map((name) => name.split(sep).join('/'));
  return photos
    .filter((name) => !besides.test(name))
    .sort()
    .map((name) =>
      relative(folder, join(folder, place, name))
        .split(sep)
        .join('/'),
    );
}

/**
 * Finds a photo by a name: the file of that name, else one with another extension. Of several it is the one whose folders are those of the name.
 */
function photoFinder(photos: readonly string[], source: string): (name: string) => string | undefined {
  const stemOf = (name: string) => posix.parse(name).name.toLowerCase();
  const byName = indexBy(photos, (photo) => posix.basename(photo).toLowerCase());
  const byStem = indexBy(photos, stemOf);
  return (name) => {
    const path = plainPath(name).toLowerCase();
    const base = posix.basename(path);
    const candidates = byName.get(base) ?? byStem.get(base) ?? byStem.get(stemOf(base)) ?? [];
    const [first, other] = candidates.length > 1 ? closest(candidates, path) : candidates;
    if (other === undefined) return first;
    throw new DataError(
      `${source}: ${JSON.stringify(name)} may be ${first} or ${other}. Name the folder that is meant: data.parser.images=DIR.`,
      source,
    );
  };
}

function indexBy(photos: readonly string[], keyOf: (photo: string) => string): Map<string, string[]> {
  const index = new Map<string, string[]>();
  for (const photo of photos) index.set(keyOf(photo), [...(index.get(keyOf(photo)) ?? []), photo]);
  return index;
}

/** Those that share the most folders with the path, counted from its end. */
function closest(candidates: readonly string[], path: string): string[] {
  const folders = (name: string) => name.toLowerCase().split('/').slice(0, -1).reverse();
  const wanted = folders(path);
  const shared = (name: string) => {
    const own = folders(name);
    const differs = own.findIndex((part, index) => part !== wanted[index]);
    return differs < 0 ? own.length : differs;
  };
  const most = Math.max(...candidates.map(shared));
  return candidates.filter((name) => shared(name) === most);
}
