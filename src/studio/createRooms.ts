/** The runs of a folder: listed by what is there, opened when somebody asks. A name leads to a folder in it, and nowhere else. */
import { readdir } from 'node:fs/promises';
import path from 'node:path';
import { isEnding } from '../../machines/runStatus.ts';
import { createNewRuns } from './newRuns.ts';
import { createPhotoFiles } from './photoFiles.ts';
import { createRenderJobs } from './renderJobs.ts';
import { createRoom } from './room.ts';
import { describeRunFolder, isRunFolder, readPicture } from './runFiles.ts';
import { createRunList } from './runList.ts';
import { isRunning, openSavedRun, type SavedRun } from './savedRun.ts';
import { createShownCheckpoint } from './shownCheckpoint.ts';
import type { FindSweepHere, StudioFleet } from './studioFleet.ts';
import type { StudioRoom, StudioRooms } from './studioRoutes.ts';
import type { StudioRun } from './studioRun.ts';
import { findRunFolder, findSweepIn } from './sweepFolders.ts';
import { createThumbnails, type DrawnRun } from './thumbnails.ts';

export interface RoomsOptions {
  /** Where run folders lie: absolute path. */
  readonly folder: string;
  /** The run that this process trains. */
  readonly live?: StudioRun;
  /** Name of the run that is shown when none is named. Default: the live one, else the newest. */
  readonly shown?: string;
  readonly readOnly: boolean;
  /** Photos of new runs lie in here: absolute path. Left out: pages begin none. */
  readonly dataFolder?: string;
  /** Makes the fleet whose runs are listed, too. */
  readonly fleet?: ((findSweep: FindSweepHere) => StudioFleet) | undefined;
}

export interface OpenedRooms extends StudioRooms {
  close(): Promise<void>;
}

/** Saved runs that are open at a time, each with a model in memory. */
const mostSaved = 3;
/** The list shows another picture of the run that this process trains so often. */
const liveThumbnailMs = 30_000;

export function createRooms(options: RoomsOptions): OpenedRooms {
  const { folder, live, shown, readOnly, dataFolder } = options;
  const saved = new Map<string, Promise<{ readonly room: StudioRoom; readonly source: SavedRun }>>();
  const liveRoom = live && roomOf(live, readOnly);

  const folderOf = async (name: string): Promise<string | undefined> =>
    live?.name === name ? live.runDir : findRunFolder(folder, name);
  const fleet = options.fleet?.((sweep) => findSweepIn(folder, sweep));

  const runs = createRunList({
    async names() {
      const entries = await readdir(folder, { withFileTypes: true }).catch(() => []);
      const names = entries.filter((entry) => entry.isDirectory()).map(({ name }) => name);
      const isRun = await Promise.all(
        names.map((name) => name === live?.name || isRunFolder(path.join(folder, name))),
      );
      return names.filter((_, index) => isRun[index]);
    },
    isRunning: async (name) => name !== live?.name && isRunning(path.join(folder, name)),
    async describe(name, mode) {
      if (name !== live?.name) return describeRunFolder(path.join(folder, name), mode);
      const entry = await describeRunFolder(live.runDir, 'live');
      const version = `live-${Math.floor(performance.now() / liveThumbnailMs)}`;
      return entry && live.shown ? { ...entry, thumbnail: { version } } : entry;
    },
    now: () => performance.now(),
  });
  const thumbnails = createThumbnails({
    list: runs.read,
    picture: (name, file) => readPicture(path.join(folder, name), file),
    async withRun(name, use, signal) {
      const opened = name === live?.name ? live : (await saved.get(name)?.catch(() => undefined))?.source.run;
      return opened ? use(opened) : withCheckpoint(path.join(folder, name), use, signal);
    },
    isAtHand: (name) => name === live?.name,
    async isTraining() {
      const list = await runs.read();
      if (list.some(({ mode }) => mode === 'attached')) return true;
      const { state } = (await live?.status()) ?? { state: 'completed' };
      return state !== 'paused' && !isEnding(state);
    },
    now: () => performance.now(),
  });

  const openSaved = async (name: string): Promise<StudioRoom | undefined> => {
    const runDir = await folderOf(name);
    if (runDir === undefined) return undefined;
    const opened = saved.get(name);
    if (opened) return (await opened).room;
    const opening = openSavedRun(runDir, name).then((source) => ({
      source,
      room: roomOf(source.run, readOnly),
    }));
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
    list: runs.read,
    thumbnails,
    fleet,
    newRuns: readOnly || dataFolder === undefined ? undefined : createNewRuns(folder, dataFolder, runs.renew),
    async open(name) {
      if (liveRoom && (name === undefined || name === live.name)) return liveRoom;
      const wanted = name ?? shown ?? (await runs.read())[0]?.name;
      return wanted === undefined ? undefined : openSaved(wanted);
    },
    async close() {
      thumbnails.close();
      if (liveRoom) closeRoom(liveRoom);
      await Promise.all([...[...saved.keys()].map(closeSaved), fleet?.close()]);
    },
  };
}

function roomOf(run: StudioRun, readOnly: boolean): StudioRoom {
  const room = createRoom(run, readOnly);
  return { room, photos: createPhotoFiles(run.config), jobs: createRenderJobs(run, room.tellRenders) };
}

/** Opens the newest checkpoint for so long as it is used. */
async function withCheckpoint(
  runDir: string,
  use: (run: DrawnRun) => Promise<Buffer>,
  signal: AbortSignal,
): Promise<Buffer> {
  const checkpoint = createShownCheckpoint(runDir, () => {});
  const close = () => void checkpoint.close();
  signal.addEventListener('abort', close, { once: true });
  try {
    await checkpoint.renew();
    return await use({ shown: checkpoint.opened?.shown, render: checkpoint.render });
  } finally {
    signal.removeEventListener('abort', close);
    await checkpoint.close();
  }
}

function closeRoom({ room, jobs }: StudioRoom): void {
  jobs.close();
  room.close();
}
