/** The runs of a folder: listed by what is there, opened when somebody asks. A name leads to a folder in it, and nowhere else. */
import { readdir } from 'node:fs/promises';
import path from 'node:path';
import { createPhotoFiles } from './photoFiles.ts';
import type { RunEntry } from './protocol.ts';
import { createRenderJobs } from './renderJobs.ts';
import { createRoom } from './room.ts';
import { describeRunFolder, isRunFolder } from './runFiles.ts';
import { isRunning, openSavedRun, type SavedRun } from './savedRun.ts';
import type { StudioRoom, StudioRooms } from './studioRoutes.ts';
import type { StudioRun } from './studioRun.ts';

export interface RoomsOptions {
  /** Where run folders lie: absolute path. */
  readonly folder: string;
  /** The run that this process trains. */
  readonly live?: StudioRun;
  /** Name of the run that is shown when none is named. Default: the live one, else the newest. */
  readonly shown?: string;
  readonly readOnly: boolean;
}

export interface OpenedRooms extends StudioRooms {
  close(): Promise<void>;
}

/** Saved runs that are open at a time, each with a model in memory. */
const mostSaved = 3;

export function createRooms({ folder, live, shown, readOnly }: RoomsOptions): OpenedRooms {
  const saved = new Map<string, Promise<{ readonly room: StudioRoom; readonly source: SavedRun }>>();
  const liveRoom = live && roomOf(live, readOnly);

  const folderOf = async (name: string): Promise<string | undefined> => {
    if (live?.name === name) return live.runDir;
    const entries = await readdir(folder, { withFileTypes: true }).catch(() => []);
    const found = entries.find((entry) => entry.name === name && entry.isDirectory());
    return found && (await isRunFolder(path.join(folder, name))) ? path.join(folder, name) : undefined;
  };

  const list = async (): Promise<readonly RunEntry[]> => {
    const entries = await readdir(folder, { withFileTypes: true }).catch(() => []);
    const folders = entries.filter((entry) => entry.isDirectory()).map(({ name }) => path.join(folder, name));
    const runs = await Promise.all(
      folders.map(async (runDir) => {
        const isLive = live?.runDir === runDir;
        if (!isLive && !(await isRunFolder(runDir))) return undefined;
        const mode = isLive ? 'live' : (await isRunning(runDir)) ? 'attached' : 'finished';
        return describeRunFolder(runDir, mode);
      }),
    );
    return runs.filter((run) => run !== undefined).sort((a, b) => b.changedAt - a.changedAt);
  };

  const openSaved = async (name: string): Promise<StudioRoom | undefined> => {
    const runDir = await folderOf(name);
    if (runDir === undefined) return undefined;
    const opened = saved.get(name);
    if (opened) return (await opened).room;
    const opening = openSavedRun(runDir).then((source) => ({ source, room: roomOf(source.run, readOnly) }));
    saved.set(name, opening);
    // Whoever comes next tries again.
    opening.catch(() => saved.delete(name));
    const [oldest] = saved.keys();
    if (saved.size > mostSaved && oldest !== undefined) await closeSaved(oldest);
    return (await opening).room;
  };

  const closeSaved = async (name: string): Promise<void> => {
    const opened = await saved.get(name)?.catch(() => undefined);
    saved.delete(name);
    if (!opened) return;
    closeRoom(opened.room);
    await opened.source.close();
  };

  return {
    folderOf,
    list,
    async open(name) {
      if (liveRoom && (name === undefined || name === live.name)) return liveRoom;
      const wanted = name ?? shown ?? (await list())[0]?.name;
      return wanted === undefined ? undefined : openSaved(wanted);
    },
    async close() {
      if (liveRoom) closeRoom(liveRoom);
      await Promise.all([...saved.keys()].map(closeSaved));
    },
  };
}

function roomOf(run: StudioRun, readOnly: boolean): StudioRoom {
  const room = createRoom(run, readOnly);
  return { room, photos: createPhotoFiles(run.config), jobs: createRenderJobs(run, room.tellRenders) };
}

function closeRoom({ room, jobs }: StudioRoom): void {
  jobs.close();
  room.close();
}
