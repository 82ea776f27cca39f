/** From photos to poses: the stages of `nerfstream process`, each done once, however often the process is ended and started again. */
import path from 'node:path';
import { DataError } from '../errors.ts';
import { makeFolders, makeNamedFolder } from '../runFolder/makeFolders.ts';
import { takeRunLock } from '../runFolder/runLock.ts';
import {
  extractFeatures,
  makeCameras,
  matchPhotos,
  type ProcessListener,
  placePhotos,
  type Work,
} from './colmapStages.ts';
import type { Colmap } from './colmapTask.ts';
import { gatherPhotos, listPhotos, type Photo } from './gatherPhotos.ts';
import { type PosedPhoto, readKnownPoses } from './knownPoses.ts';
import {
  openProcessFolder,
  type ProcessPaths,
  type ProcessSettings,
  type ProcessState,
  processPaths,
  type StageName,
  stageNames,
  writeProcessState,
} from './processFolder.ts';
import { type ProcessReport, writeReport } from './processReport.ts';
import { extractFrames } from './videoFrames.ts';

/** What does the work, who is told of it, and what ends it. */
export interface ProcessServices {
  readonly colmap: Colmap;
  readonly listener: ProcessListener;
  readonly signal: AbortSignal;
}

/**
 * Places the photos, or goes on with it where it was. The folder `out` trains then: `images` and `sparse/0`, with a report.
 * @throws DataError, ConfigError for what cannot be used; RunFolderError if another process works in the folder; ColmapError when COLMAP
 * fails or places nothing; the signal's reason when it was aborted: what is done stays
 */
export async function processPhotos(
  settings: ProcessSettings,
  out: string,
  services: ProcessServices,
): Promise<ProcessReport> {
  const paths = processPaths(out);
  // What is wrong with the source is said before anything is written.
  const posed =
    settings.kind === 'known poses' ? await readKnownPoses(settings.source, services.listener) : [];
  const sources = await sourcesOf(settings, posed, paths);
  checkSame(await openProcessFolder(paths, settings), sources, paths);
  await makeNamedFolder(path.resolve(out), '--out');
  await makeFolders(paths.work);
  const lock = await takeRunLock(paths.lock);
  try {
    // Another process may have gone on until now.
    let state = await openProcessFolder(paths, settings);
    await writeProcessState(paths, state);
    for (const name of stageNames) {
      if (state.done.includes(name)) {
        services.listener.stage(name, 'done before');
        continue;
      }
      services.signal.throwIfAborted();
      services.listener.stage(name, 'begun');
      const work = { ...services, settings, paths, posed, photos: state.photos };
      const photos = name === 'photos' ? await bringPhotos(work, sources) : state.photos;
      if (name !== 'photos') await colmapStages[name](work);
      state = { settings, photos, done: [...state.done, name] };
      await writeProcessState(paths, state);
      services.listener.stage(name, 'finished');
    }
    return await writeReport(paths, state, services.colmap);
  } finally {
    await lock.release();
  }
}

const colmapStages: Readonly<Record<Exclude<StageName, 'photos'>, (work: Work) => Promise<void>>> = {
  cameras: makeCameras,
  features: extractFeatures,
  matching: matchPhotos,
  mapping: placePhotos,
};

/** Paths of the photos by their names; of a video there are none yet. */
async function sourcesOf(
  { kind, source }: ProcessSettings,
  posed: readonly PosedPhoto[],
  { folder, images }: ProcessPaths,
): Promise<Map<string, string>> {
  if (kind === 'video') return new Map();
  if (kind === 'known poses') return new Map(posed.map(({ name, frame }) => [name, frame.image]));
  // A folder of ours below that of the photos holds none that are meant; the photos may lie where they are to be.
  return photosIn(source, source === images ? undefined : folder);
}

async function photosIn(folder: string, except?: string): Promise<Map<string, string>> {
  const names = await listPhotos(folder, except);
  return new Map(names.map((name) => [name, path.join(folder, ...name.split('/'))]));
}

async function bringPhotos(work: Work, given: ReadonlyMap<string, string>): Promise<Photo[]> {
  const { settings, paths, signal, listener } = work;
  const onProgress = (done: number, total: number) => listener.progress({ what: 'photos', done, total });
  let sources = given;
  if (settings.kind === 'video') {
    const { source: video, frames } = settings;
    await extractFrames({ video, images: paths.images, frames, signal, onProgress });
    sources = await photosIn(paths.images);
  }
  let done = 0;
  return gatherPhotos(sources, paths.images, () => {
    signal.throwIfAborted();
    onProgress(++done, sources.size);
  });
}

function checkSame(
  { photos, done, settings }: ProcessState,
  sources: ReadonlyMap<string, string>,
  { folder }: ProcessPaths,
): void {
  if (!done.includes('photos') || settings.kind === 'video') return;
  const before = new Set(photos.map(({ name }) => name));
  const differing =
    [...sources.keys()].find((name) => !before.has(name)) ?? [...before].find((name) => !sources.has(name));
  if (differing !== undefined)
    throw new DataError(
      `${folder}: was begun with other photos (${differing} has come or gone). Choose another folder with --out, or remove this one.`,
      folder,
    );
}
