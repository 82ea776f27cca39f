/** Models that COLMAP has made: which are whole, and where they are kept. */
import { mkdir, readdir, rename, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import type { ColmapModel } from '../data/dataparsers/colmap/colmapModel.ts';
import { readColmapModel } from '../data/dataparsers/colmap/openColmap.ts';
import { ColmapError } from '../errors.ts';
import type { ProcessPaths } from './processFolder.ts';

/** The newest whole one of the models that COLMAP keeps while it places photos; undefined if there is none. */
export async function newestSnapshot(snapshots: string): Promise<string | undefined> {
  const names = await readdir(snapshots).catch(() => []);
  const folders = names.map((name) => path.join(snapshots, name));
  const dated = await Promise.all(
    folders.map(async (folder) => ({ folder, time: (await stat(folder)).mtimeMs })),
  );
  for (const { folder } of dated.sort((a, b) => b.time - a.time)) if (await wholeModel(folder)) return folder;
  return undefined;
}

/** A pair of photos is no scene. */
const fewestPhotos = 3;

/**
 * Moves what COLMAP has made to `sparse/0`, `sparse/1`, ..., the largest first. A model all of whose photos are in larger ones, where COLMAP
 * began twice at the same place, says nothing and is left out.
 * @throws ColmapError if there is none
 */
export async function keepModels({ models, sparse, folder }: ProcessPaths): Promise<void> {
  const names = await readdir(models);
  const candidates = [models, ...names.map((name) => path.join(models, name))];
  const whole: { place: string; images: string[] }[] = [];
  for (const place of candidates) {
    const model = await wholeModel(place);
    if (model && model.images.length >= fewestPhotos)
      whole.push({ place, images: model.images.map(({ name }) => name) });
  }
  if (whole.length === 0)
    throw new ColmapError(
      `${folder}: none of the photos could be placed. They need to be sharp, of one scene that stands still, and neighbours should share two thirds of what they show. Few photos may need a lens with fewer unknowns: --camera-model SIMPLE_PINHOLE, into another folder.`,
    );
  const unfinished = `${sparse}.unfinished`;
  for (const place of [unfinished, sparse]) await rm(place, { recursive: true, force: true });
  await mkdir(unfinished);
  whole.sort((a, b) => b.images.length - a.images.length);
  const placed = new Set<string>();
  let kept = 0;
  for (const { place, images } of whole) {
    if (images.every((name) => placed.has(name))) continue;
    for (const name of images) placed.add(name);
    await rename(place, path.join(unfinished, `${kept++}`));
  }
  await rename(unfinished, sparse);
}

/** How many models lie in a folder that {@link keepModels} has filled. */
export async function countModels(sparse: string): Promise<number> {
  return (await readdir(sparse)).filter((name) => /^\d+$/.test(name)).length;
}

async function wholeModel(folder: string): Promise<ColmapModel | undefined> {
  return readColmapModel({ folder, ending: 'bin' }).catch(() => undefined);
}
