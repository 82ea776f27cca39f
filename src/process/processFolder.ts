/** The folder that `nerfstream process` fills: what lies where, and what is done already. */
import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { ConfigError, DataError } from '../errors.ts';
import { makeFolders } from '../runFolder/makeFolders.ts';
import { writeFileAtomically } from '../runFolder/writeFileAtomically.ts';
import type { Photo } from './gatherPhotos.ts';

/** In the order in which they are done; `report` is made anew each time. */
export const stageNames = ['photos', 'cameras', 'features', 'matching', 'mapping'] as const;
export type StageName = (typeof stageNames)[number];

/** What decides about the result. */
export interface ProcessSettings {
  /** Absolute path of the folder of photos, the video, or the data set. */
  readonly source: string;
  readonly kind: 'photos' | 'video' | 'known poses';
  /** COLMAP's name of a camera model; `auto`: the photos decide. */
  readonly cameraModel: string;
  readonly cameraPerPhoto: boolean;
  readonly matching: 'auto' | 'exhaustive' | 'sequential' | 'retrieval';
  /** Wanted from a video. */
  readonly frames: number;
}

/** What is remembered from one start to the next. */
export interface ProcessState {
  readonly settings: ProcessSettings;
  readonly photos: readonly Photo[];
  readonly done: readonly StageName[];
}

export interface ProcessPaths {
  readonly folder: string;
  readonly images: string;
  /** Models as others read them: `sparse/0` is the largest. */
  readonly sparse: string;
  readonly report: string;
  readonly map: string;
  /** What only we need to go on. */
  readonly work: string;
  readonly state: string;
  readonly lock: string;
  readonly log: string;
  readonly database: string;
  readonly vocabulary: string;
  readonly models: string;
  readonly snapshots: string;
  readonly refined: string;
  readonly known: string;
}

export function processPaths(folder: string): ProcessPaths {
  const work = path.join(folder, 'colmap');
  return {
    folder,
    images: path.join(folder, 'images'),
    sparse: path.join(folder, 'sparse'),
    report: path.join(folder, 'report.json'),
    map: path.join(folder, 'cameras.png'),
    work,
    state: path.join(work, 'process.json'),
    lock: path.join(work, 'lock'),
    log: path.join(work, 'colmap.log'),
    database: path.join(work, 'database.db'),
    vocabulary: path.join(work, 'vocabulary.bin'),
    models: path.join(work, 'models'),
    snapshots: path.join(work, 'snapshots'),
    refined: path.join(work, 'refined'),
    known: path.join(work, 'known'),
  };
}

/**
 * What was done by an earlier start with the same settings; for a new folder the beginning.
 * @throws ConfigError for other settings; DataError for a folder that holds something else
 */
export async function openProcessFolder(
  { folder, state, images, work }: ProcessPaths,
  settings: ProcessSettings,
): Promise<ProcessState> {
  const text = await readFile(state, 'utf8').catch(() => undefined);
  if (text === undefined) {
    const present = (await readdir(folder).catch(() => [])).map((name) => path.join(folder, name));
    const allowed = [work, ...(settings.source === images ? [images] : [])];
    const other = present.filter((name) => !allowed.includes(name));
    if (other.length > 0)
      throw new DataError(
        `${folder}: holds something else (${path.basename(other[0]!)}). Choose another folder with --out.`,
        folder,
      );
    return { settings, photos: [], done: [] };
  }
  const before = JSON.parse(text) as ProcessState;
  if (before.done.length === 0) return { settings, photos: [], done: [] };
  for (const [key, value] of Object.entries(settings)) {
    const earlier = before.settings[key as keyof ProcessSettings];
    if (earlier !== value)
      throw new ConfigError(
        `${folder}: was begun with ${key} ${earlier}, not ${value}. Go on with the same, or choose another folder with --out.`,
        { path: key },
      );
  }
  return before;
}

/** Remembers what is done. */
export async function writeProcessState({ work, state }: ProcessPaths, now: ProcessState): Promise<void> {
  await makeFolders(work);
  await writeFileAtomically(state, `${JSON.stringify(now, undefined, 1)}\n`);
}
