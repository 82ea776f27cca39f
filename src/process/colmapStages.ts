/** The stages that COLMAP does: cameras and features, matches, poses and points. */
import { rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { DataLog } from '../data/dataparsers/dataparser.ts';
import { ColmapError } from '../errors.ts';
import type { Progress } from '../log.ts';
import { makeFolders } from '../runFolder/makeFolders.ts';
import type { Colmap, ColmapTask, FeatureGroup, Matcher } from './colmapTask.ts';
import type { Photo } from './gatherPhotos.ts';
import { colmapLens, type PosedPhoto, writeKnownModel } from './knownPoses.ts';
import { keepModels, newestSnapshot } from './placedModels.ts';
import type { ProcessPaths, ProcessSettings, StageName } from './processFolder.ts';
import { placingLens, refineLenses } from './refineLens.ts';
import { runColmap } from './runColmap.ts';
import { progressOf } from './stageProgress.ts';

/** Who is told how it goes. */
export interface ProcessListener extends DataLog {
  stage(name: StageName, event: 'begun' | 'finished' | 'done before'): void;
  /** How far the stage is that `what` names. */
  progress(progress: Progress): void;
}

/** What a stage works with. */
export interface Work {
  readonly settings: ProcessSettings;
  readonly paths: ProcessPaths;
  readonly colmap: Colmap;
  readonly listener: ProcessListener;
  readonly signal: AbortSignal;
  /** Of a data set with poses; else empty. */
  readonly posed: readonly PosedPhoto[];
  readonly photos: readonly Photo[];
}

/** All pairs are compared up to so many photos; of more, those that look alike. */
const mostForAllPairs = 200;
/** Photos that each one is compared with where not all are. */
const alikePhotos = 40;
const vocabularyWords = 4096;
const wordsPerPhoto = 32;

/**
 * Begins the database anew, with one photo of each camera: their cameras have the numbers 1, 2, ... then, whenever we are ended.
 * @throws ColmapError as all stages here do
 */
export async function makeCameras(work: Work): Promise<void> {
  for (const ending of ['', '-wal', '-shm', '-journal'])
    await rm(`${work.paths.database}${ending}`, { force: true });
  if (sharesCameras(work))
    await extract(work, ({ photos }) => ({ names: photos.slice(0, 1), camera: 'shared' }));
}

/** Features of all photos that have none yet. */
export async function extractFeatures(work: Work): Promise<void> {
  const camera = (number: number) => (sharesCameras(work) ? number : ('each' as const));
  await extract(work, ({ photos, number }) => ({ names: photos, camera: camera(number) }));
}

/** Compares pairs of photos that were not compared yet. */
export async function matchPhotos(work: Work): Promise<void> {
  for (const matcher of matchersFor(work)) await ask(work, 'matching', { kind: 'match', ...matcher });
}

/** Poses and points; leaves the models in `sparse`, the largest as `sparse/0`. @throws ColmapError also when nothing could be placed */
export async function placePhotos(work: Work): Promise<void> {
  const { paths, posed } = work;
  await rm(paths.models, { recursive: true, force: true });
  await makeFolders(paths.models);
  if (posed.length > 0) await triangulate(work);
  else {
    await mapPhotos(work);
    if (work.settings.cameraModel === 'auto') await refine(work);
  }
  await keepModels(paths);
  await rm(paths.snapshots, { recursive: true, force: true });
}

async function triangulate(work: Work): Promise<void> {
  const { paths, posed } = work;
  const byName = new Map(posed.map((photo) => [photo.name, photo]));
  const groups = cameraGroups(work).map((photos) => photos.map(({ name }) => byName.get(name)!));
  await writeKnownModel(paths.known, groups);
  await ask(work, 'mapping', { kind: 'triangulate', input: paths.known, output: paths.models });
}

async function mapPhotos(work: Work): Promise<void> {
  const { paths, photos } = work;
  const from = await newestSnapshot(paths.snapshots);
  await makeFolders(paths.snapshots);
  await ask(work, 'mapping', {
    kind: 'map',
    output: paths.models,
    snapshots: paths.snapshots,
    snapshotEvery: Math.max(10, Math.ceil(photos.length / 10)),
    seed: 0,
    ...(from !== undefined && { from }),
  }).catch((error: unknown) => {
    // The command's way of saying that nothing could be placed, which is said below for all.
    if (!(error instanceof ColmapError && error.message.includes('failed to create sparse model')))
      throw error;
  });
}

async function refine(work: Work): Promise<void> {
  const { paths, listener } = work;
  const adjust = (input: string, output: string) => ask(work, 'mapping', { kind: 'adjust', input, output });
  try {
    const [lens] = await refineLenses(paths.models, paths.refined, adjust, sharesCameras(work));
    if (lens !== undefined)
      listener.warn(`lens: ${lens}, which says most about these photos for its parameters`);
  } catch (error) {
    // The photos are placed, only less well.
    if (!(error instanceof ColmapError)) throw error;
    listener.warn(`lens: ${placingLens}, not adjusted once more: ${error.message}`);
  }
}

/** Known lenses are shared by the photos that have them; `--camera-per-photo` is for those that COLMAP is to find. */
function sharesCameras({ settings, posed }: Work): boolean {
  return posed.length > 0 || !settings.cameraPerPhoto;
}

/** Photos that share a camera: those of one size, or of one known lens. */
function cameraGroups({ photos, posed, settings }: Work): Photo[][] {
  if (settings.cameraPerPhoto && posed.length === 0) return [[...photos]];
  const lenses = new Map(
    posed.map(({ name, frame }) => [name, JSON.stringify(colmapLens(frame.camera, name))]),
  );
  const groups = new Map<string, Photo[]>();
  for (const photo of photos) {
    const key = `${photo.width} x ${photo.height} ${lenses.get(photo.name) ?? ''}`;
    const group = groups.get(key);
    if (group) group.push(photo);
    else groups.set(key, [photo]);
  }
  return [...groups.values()];
}

/** @param choose which photos of a group (numbered from 1) are asked for, and how they get their camera */
async function extract(
  work: Work,
  choose: (group: { readonly photos: readonly Photo[]; readonly number: number }) => {
    readonly names: readonly Photo[];
    readonly camera: FeatureGroup['camera'];
  },
): Promise<void> {
  const { paths, photos, posed, settings, listener, signal } = work;
  const groups = await Promise.all(
    cameraGroups(work).map(async (group, index): Promise<FeatureGroup> => {
      const { names, camera } = choose({ photos: group, number: index + 1 });
      const list = path.join(paths.work, `photos-${index + 1}.txt`);
      await writeFile(list, names.map(({ name }) => `${name}\n`).join(''));
      const known = posed.find(({ name }) => name === group[0]!.name);
      const lens = known && colmapLens(known.frame.camera, known.name);
      const asked = settings.cameraModel === 'auto' ? placingLens : settings.cameraModel;
      const { model = asked, parameters } = lens ?? {};
      return { list, cameraModel: model, ...(parameters && { parameters }), camera };
    }),
  );
  let done = 0;
  const onLine = (line: string) => {
    if (line.includes('Processed file'))
      listener.progress({ what: 'features', done: ++done, total: photos.length });
  };
  const task = { kind: 'features', groups, database: paths.database, images: paths.images } as const;
  await runColmap(work.colmap, task, { log: paths.log, signal, onLine });
}

function matchersFor({ settings, photos, paths }: Work): Matcher[] {
  const blockSize = Math.max(10, Math.ceil(photos.length / 10));
  const exhaustive: Matcher = { how: 'exhaustive', blockSize };
  const sequential: Matcher = { how: 'sequential' };
  // Clusters are made of the photos' own features, of which few and poor photos have fewer than words.
  const words = Math.min(vocabularyWords, wordsPerPhoto * photos.length);
  const retrieval: Matcher =
    photos.length <= alikePhotos + 1
      ? exhaustive
      : { how: 'retrieval', vocabulary: paths.vocabulary, words, alike: alikePhotos };
  switch (settings.matching) {
    case 'exhaustive':
      return [exhaustive];
    case 'sequential':
      return [sequential];
    case 'retrieval':
      return [retrieval];
    case 'auto':
      // Neighbours in a video share much; what looks alike closes a path that comes back to where it was.
      if (settings.kind === 'video' || photos.length > mostForAllPairs) return [sequential, retrieval];
      return [exhaustive];
  }
}

type Asked<Task> = Task extends unknown ? Omit<Task, 'database' | 'images'> : never;

async function ask(work: Work, stage: StageName, asked: Asked<ColmapTask>): Promise<void> {
  const { colmap, paths, photos, signal, listener } = work;
  const task = { ...asked, database: paths.database, images: paths.images } as ColmapTask;
  const onLine = (line: string) => {
    const progress = progressOf(line, photos.length);
    if (progress) listener.progress({ what: stage, ...progress });
  };
  await runColmap(colmap, task, { log: paths.log, signal, onLine });
}
