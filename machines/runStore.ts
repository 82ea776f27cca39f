/** Where a run's checkpoints go: to files, or for a run in memory just the newest one (to go back to). */
import path from 'node:path';
import type { Checkpoint } from '../src/checkpoint/checkpoint.ts';
import { type CheckpointStore, createCheckpointStore } from '../src/checkpoint/checkpointStore.ts';
import type { Config } from '../src/config/schema.ts';
import type { Log } from '../src/log.ts';
import type { RunFolder } from '../src/runFolder/runFolder.ts';
import type { RunPaths } from '../src/runFolder/runPaths.ts';

export interface RunStore {
  /** Copies the checkpoint before it returns. @returns the file, relative to the run folder; none in memory */
  save(checkpoint: Checkpoint, metrics: Readonly<Record<string, number>>): Promise<string | undefined>;
  /** The newest checkpoint that can be used. */
  newest(): Promise<Checkpoint | undefined>;
  dispose(): Promise<void>;
}

/** Checkpoints as files of the run folder, for as long as this process holds it. */
export function fileStore({ paths, check }: RunFolder, store: CheckpointStore): RunStore {
  return {
    async save(checkpoint, metrics) {
      check();
      const { file } = await store.save(checkpoint, metrics);
      return path.relative(paths.folder, file).split(path.sep).join('/');
    },
    newest: async () => (await store.loadLatest())?.checkpoint,
    dispose: () => store.dispose(),
  };
}

/** The checkpoint store of a run folder. */
export function openCheckpointStore(
  paths: RunPaths,
  config: Config['checkpoint'],
  log: Log,
): CheckpointStore {
  const { keep, keepEverySteps, keepBest } = config;
  return createCheckpointStore({ folder: paths.checkpoints, keep, keepEverySteps, keepBest, log });
}

/** Keeps the newest checkpoint, if `keeps`; otherwise saving does nothing. */
export function memoryStore(keeps: boolean): RunStore {
  let newest: Checkpoint | undefined;
  return {
    async save(checkpoint) {
      if (keeps) newest = copyCheckpoint(checkpoint);
      return undefined;
    },
    newest: async () => newest,
    async dispose() {},
  };
}

/** A checkpoint whose arrays are its own. */
export function copyCheckpoint(checkpoint: Checkpoint): Checkpoint {
  const tensors = Object.fromEntries(
    Object.entries(checkpoint.tensors).map(([name, { shape, data }]) => [
      name,
      { shape: [...shape], data: data.slice() },
    ]),
  );
  return { ...checkpoint, tensors };
}
