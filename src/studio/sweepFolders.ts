/** Run folders by the names that the studio gives them: those of its own folder, and in sweeps that lie in it. */
import { open, readdir } from 'node:fs/promises';
import path from 'node:path';
import { runNameSchema } from '../fleet/runNames.ts';
import { sweepPaths } from '../fleet/sweepJournal.ts';
import { isRunFolder } from './runFiles.ts';

const beginningBytes = 1_024;

/**
 * A name leads to a folder in `folder`, or with one `/` to a run of a sweep in it, and nowhere else: each part is one that is in the folder before it.
 * @param folder absolute path @returns absolute path of the run's folder; undefined for a name that is no run's
 */
export async function findRunFolder(folder: string, name: string): Promise<string | undefined> {
  const cut = name.indexOf('/');
  const parts = cut === -1 ? [name] : [name.slice(0, cut), name.slice(cut + 1)];
  let place = folder;
  for (const part of parts) {
    const entries = await readdir(place, { withFileTypes: true }).catch(() => []);
    if (!entries.some((entry) => entry.name === part && entry.isDirectory())) return undefined;
    place = path.join(place, part);
  }
  if (cut !== -1 && (await sweepOf(path.dirname(place))) === undefined) return undefined;
  return (await isRunFolder(place)) ? place : undefined;
}

/**
 * The names under which the studio has runs of a sweep: `run` where its folder is the sweep's, `sweep/run` where that of the sweep lies in it.
 * @param folder absolute path @returns finds the name of a run, undefined where its folder is not there
 */
export async function findSweepIn(
  folder: string,
  sweep: string,
): Promise<(run: string) => Promise<string | undefined>> {
  const isName = (name: string) => runNameSchema.safeParse(name).success;
  // Names come from a queue: they lead nowhere else.
  if (!isName(sweep)) return async () => undefined;
  const isOwn = (await sweepOf(folder)) === sweep;
  const parent = isOwn ? folder : path.join(folder, sweep);
  if (!isOwn && (await sweepOf(parent)) !== sweep) return async () => undefined;
  return async (run) => {
    if (!isName(run) || !(await isRunFolder(path.join(parent, run)))) return undefined;
    return isOwn ? run : `${sweep}/${run}`;
  };
}

/** The name of the sweep whose folder this is: it stands at the beginning of its plan, which may be long. */
async function sweepOf(folder: string): Promise<string | undefined> {
  const file = await open(sweepPaths(folder).plan).catch(() => undefined);
  if (!file) return undefined;
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(beginningBytes), 0, beginningBytes, 0);
    return /"name": ?"([^"]+)"/.exec(buffer.toString('utf8', 0, bytesRead))?.[1];
  } finally {
    await file.close();
  }
}
