/** Creates and opens run folders; a run never writes into another run's. */
import { constants } from 'node:fs';
import { access, mkdir, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import { RunFolderError } from '../errors.ts';
import type { RgbImage } from '../pipeline/pipeline.ts';
import { makeFolders, nearestFolder } from './makeFolders.ts';
import { type RunLock, takeRunLock } from './runLock.ts';
import { type RunPaths, runPaths } from './runPaths.ts';
import { writePicture } from './writePicture.ts';
import { writeProfile } from './writeProfile.ts';
import { writeSummary } from './writeSummary.ts';

/** Told when it turns out that another process has taken the folder over. */
export type FolderLost = (error: RunFolderError) => void;

/** A run folder that this process holds. Whatever writes there rejects as `check` throws. */
export interface RunFolder {
  readonly paths: RunPaths;
  /** @throws RunFolderError once another process has taken the folder over: nothing may be written there any more */
  check(): void;
  /** Writes `image` as PNG to `file`, relative to the folder. */
  writePicture(file: string, image: RgbImage): Promise<void>;
  /** Writes how the run ended. */
  writeSummary(summary: object): Promise<void>;
  /** Writes where the time went. @param json a Chrome trace */
  writeProfile(json: string): Promise<void>;
  /** Gives the folder up for others. */
  release(): Promise<void>;
}

/** @throws RunFolderError if there is something at `folder` already, or nothing could be created there. Touches nothing. */
export async function checkNewRunFolder(folder: string): Promise<void> {
  if (await exists(folder)) throw alreadyThere(folder);
  const parent = await nearestFolder(path.dirname(path.resolve(folder)));
  try {
    await access(parent, constants.W_OK | constants.X_OK);
  } catch (cause) {
    throw notCreated(folder, cause);
  }
}

/**
 * Creates the folder (parents too) and holds it.
 * @param fill writes what the folder has from its beginning; if that fails, the folder is gone again
 * @throws RunFolderError if it exists or cannot be written
 */
export async function createRunFolder(
  folder: string,
  fill: (paths: RunPaths) => Promise<void> = async () => {},
  onLost: FolderLost = () => {},
): Promise<RunFolder> {
  const paths = runPaths(folder);
  try {
    await makeFolders(path.dirname(paths.folder));
    await mkdir(paths.folder);
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'EEXIST' && (await exists(folder)))
      throw alreadyThere(folder);
    throw notCreated(folder, cause);
  }
  let lock: RunLock | undefined;
  try {
    lock = await takeRunLock(paths.lock, { onLost });
    await mkdir(paths.checkpoints);
    await fill(paths);
    return heldFolder(paths, lock);
  } catch (cause) {
    await lock?.release();
    await rm(paths.folder, { recursive: true, force: true });
    throw notCreated(folder, cause);
  }
}

/** Holds the folder of an earlier run, to go on with it. @throws RunFolderError if there is none, or another process has it. */
export async function openRunFolder(folder: string, onLost: FolderLost = () => {}): Promise<RunFolder> {
  const paths = runPaths(folder);
  const found = await stat(paths.folder).catch(() => undefined);
  if (!found?.isDirectory())
    throw new RunFolderError(`${folder}: there is no run folder to resume. Check the path.`, folder);
  return heldFolder(paths, await takeRunLock(paths.lock, { onLost }));
}

function heldFolder(paths: RunPaths, { check, release }: RunLock): RunFolder {
  const { folder } = paths;
  return {
    paths,
    check,
    async writePicture(file, image) {
      check();
      await writePicture(folder, file, image);
    },
    async writeSummary(summary) {
      check();
      await writeSummary(folder, summary);
    },
    async writeProfile(json) {
      check();
      await writeProfile(folder, json);
    },
    release,
  };
}

function alreadyThere(folder: string): RunFolderError {
  return new RunFolderError(
    `${folder} already exists. Go on with it (nerfstream resume ${folder}) or choose another name (--name).`,
    folder,
  );
}

function notCreated(folder: string, cause: unknown): RunFolderError {
  const reason = cause instanceof Error ? cause.message : String(cause);
  return new RunFolderError(
    `${folder}: the run folder cannot be created (${reason}). Choose a folder that you may write to (--out).`,
    folder,
    { cause },
  );
}

async function exists(file: string): Promise<boolean> {
  return stat(file).then(
    () => true,
    () => false,
  );
}
