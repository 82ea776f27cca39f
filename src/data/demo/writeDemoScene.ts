/** The data set of `nerfstream demo`: pictures of a scene of our own, in blender's format. */
import { mkdir, readdir, rename, rm, stat, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { DataError } from '../../errors.ts';
import { makeFolders } from '../../runFolder/makeFolders.ts';
import type { Camera } from '../cameras/camera.ts';
import { createDemoCameras, fieldOfView } from './demoCameras.ts';
import { renderDemoPictures } from './renderDemoPictures.ts';

export interface WriteDemoSceneOptions {
  /** Called after each picture. */
  readonly onProgress?: (done: number, total: number) => void;
}

const splits = [
  { name: 'train', cameras: () => createDemoCameras(40, 0) },
  { name: 'test', cameras: () => createDemoCameras(8, 0.7) },
] as const;

/**
 * Makes sure that `folder` holds the demo scene: 40 training and 8 test pictures of 200 x 200 RGBA pixels with their
 * poses. Renders it, which takes a few seconds, unless it is there already. Always the same bytes. The folder appears
 * complete or not at all, however the process ends. Throws `DataError` when `folder` holds something else or cannot be
 * written.
 */
export async function writeDemoScene(
  folder: string,
  { onProgress }: WriteDemoSceneOptions = {},
): Promise<void> {
  if (await isComplete(folder)) return;
  const present = await readdir(folder).catch(() => []);
  if (present.length > 0) throw inTheWay(folder);
  const unfinished = unfinishedName(folder) + process.pid;
  try {
    await removeAbandoned(folder);
    await makeFolders(unfinished);
    await render(unfinished, onProgress);
    await rename(unfinished, folder);
  } catch (error) {
    await rm(unfinished, { recursive: true, force: true }).catch(() => undefined);
    // Another process may have finished the same scene meanwhile.
    if (await isComplete(folder)) return;
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === 'ENOTEMPTY' || code === 'EEXIST' || code === 'ENOTDIR') throw inTheWay(folder, error);
    throw new DataError(`${folder}: cannot be written (${code ?? message}). Choose another folder.`, folder, {
      cause: error,
    });
  }
}

function inTheWay(folder: string, cause?: unknown): DataError {
  const message = `${folder}: holds something else. Choose another folder for the demo scene, or remove it.`;
  return new DataError(message, folder, { cause });
}

/** The last file that is written, in a folder that has its name only when all are. */
async function isComplete(folder: string): Promise<boolean> {
  return stat(join(folder, 'transforms_test.json')).then(
    () => true,
    () => false,
  );
}

/** Where a process renders to, without its id. */
function unfinishedName(folder: string): string {
  return join(dirname(folder), `.${basename(folder)}-unfinished-`);
}

/** Removes what processes left that were killed while they rendered to `folder`. */
async function removeAbandoned(folder: string): Promise<void> {
  const prefix = unfinishedName(folder);
  const names = await readdir(dirname(prefix)).catch(() => []);
  for (const name of names) {
    const path = join(dirname(prefix), name);
    if (!path.startsWith(prefix)) continue;
    const processId = Number(path.slice(prefix.length));
    // One with our own id is from an earlier process that had it.
    if (processId === process.pid || !isRunning(processId)) await rm(path, { recursive: true, force: true });
  }
}

function isRunning(processId: number): boolean {
  try {
    return process.kill(processId, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

async function render(folder: string, onProgress: WriteDemoSceneOptions['onProgress']): Promise<void> {
  const sets = splits.map(({ name, cameras }) => ({ name, cameras: cameras() }));
  for (const { name } of sets) await mkdir(join(folder, name));
  const pictures = sets.flatMap(({ name, cameras }) =>
    cameras.map((camera, index) => ({ camera, file: join(folder, name, `r_${index}.png`) })),
  );
  let done = 0;
  await renderDemoPictures(pictures, () => onProgress?.(++done, pictures.length));
  for (const { name, cameras } of sets) {
    const transforms = {
      camera_angle_x: fieldOfView,
      frames: cameras.map((camera, index) => ({
        file_path: `./${name}/r_${index}`,
        transform_matrix: matrixOf(camera),
      })),
    };
    await writeFile(join(folder, `transforms_${name}.json`), `${JSON.stringify(transforms, undefined, 1)}\n`);
  }
}

/** [4, 4] */
function matrixOf({ cameraToWorld }: Camera): number[][] {
  return [cameraToWorld.slice(0, 4), cameraToWorld.slice(4, 8), cameraToWorld.slice(8, 12), [0, 0, 0, 1]];
}
