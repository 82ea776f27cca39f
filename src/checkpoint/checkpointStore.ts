/** A run's folder of checkpoints: saves without holding up the training, keeps what is worth keeping, finds the newest. */
import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { CheckpointError } from '../errors.ts';
import type { Log } from '../log.ts';
import type { Checkpoint } from './checkpoint.ts';
import { type CheckpointFile, listCheckpoints, loadCheckpoint } from './checkpointFiles.ts';
import { withPins } from './checkpointPins.ts';
import { retainedCheckpoints, withScore } from './retainedCheckpoints.ts';
import { obsoleteCheckpoints, type RetainedCheckpoint, type RetentionPolicy } from './retention.ts';
import { type SaveThread, startSaveThread } from './saveThread.ts';
import { copyTensors, type SnapshotEntry, snapshotBytes } from './snapshot.ts';
import { temporarySuffix } from './writeCheckpoint.ts';

export interface CheckpointStoreOptions extends RetentionPolicy {
  /** Created at the first save. */
  readonly folder: string;
  readonly log: Pick<Log, 'warn'>;
}

/** A loaded checkpoint, and the newer files that could not be used. */
export interface LoadedCheckpoint {
  readonly checkpoint: Checkpoint;
  readonly file: string;
  readonly skipped: readonly { readonly file: string; readonly reason: string }[];
}

export interface CheckpointStore {
  /**
   * Copies the checkpoint before it returns; another thread encodes and writes it. Saves are written one after the
   * other. Older checkpoints are deleted only once this one is safely on the disk.
   *
   * @param metrics latest values by tag; the one that `keepBest` names decides
   * @returns the file; rejects with `CheckpointError`, and whatever was saved before is untouched then
   */
  save(checkpoint: Checkpoint, metrics?: Readonly<Record<string, number>>): Promise<{ file: string }>;
  /** What is there once everything that was asked for is done: newest step first. */
  list(): Promise<CheckpointFile[]>;
  /**
   * The newest checkpoint that is whole; damaged ones are reported, never used and never deleted.
   *
   * @returns `undefined` when there is none at all
   * @throws CheckpointError when there are some and none can be used
   */
  loadLatest(): Promise<LoadedCheckpoint | undefined>;
  /** Waits for saves that were asked for, then ends the thread. */
  dispose(): Promise<void>;
}

/** Makes the store. It touches no file and starts no thread before the first save. */
export function createCheckpointStore(options: CheckpointStoreOptions): CheckpointStore {
  const { folder, keepBest, log } = options;
  let thread: SaveThread | undefined;
  let spare: ArrayBuffer | undefined;
  const damaged = new Set<string>();
  let known: Map<string, RetainedCheckpoint> | undefined;
  let queue: Promise<unknown> = Promise.resolve();

  const takeMemory = (bytes: number): ArrayBuffer => {
    const memory = spare !== undefined && spare.byteLength >= bytes ? spare : new ArrayBuffer(bytes);
    spare = undefined;
    return memory;
  };

  const deleteObsolete = async (files: Map<string, RetainedCheckpoint>) => {
    const whole = [...files.values()].filter(({ file }) => !damaged.has(file));
    try {
      if (obsoleteCheckpoints(whole, options, new Set()).length === 0) return;
      await withPins(folder, async (pins) => {
        for (const file of obsoleteCheckpoints(whole, options, new Set(pins.values()))) {
          files.delete(file);
          await rm(file, { force: true });
        }
      });
    } catch (error) {
      log.warn({ folder }, `Old checkpoints cannot be deleted: ${(error as Error).message}`);
    }
  };

  const write = async (
    checkpoint: Omit<Checkpoint, 'tensors'>,
    tensors: readonly SnapshotEntry[],
    memory: ArrayBuffer,
    score: number | undefined,
  ): Promise<{ file: string }> => {
    known ??= await prepare(folder, keepBest?.metric);
    thread ??= startSaveThread();
    const result = await thread.write({ folder, checkpoint, entries: tensors, memory });
    spare = result.memory;
    // A thread that has died took the memory with it; the next save starts another one.
    if (result.memory === undefined) thread = undefined;
    if ('error' in result) throw result.error;
    const { file } = result;
    known.set(file, { file, step: checkpoint.step, ...(score === undefined ? {} : { score }) });
    damaged.delete(file);
    return { file };
  };

  return {
    async save({ tensors, ...rest }, metrics = {}) {
      const value = keepBest ? metrics[keepBest.metric] : undefined;
      const score = value !== undefined && Number.isFinite(value) ? value : undefined;
      const checkpoint = { ...rest, facts: withScore(rest.facts, keepBest?.metric, score) };
      const memory = takeMemory(snapshotBytes(tensors));
      const entries = copyTensors(tensors, memory);
      const saved = queue.then(() => write(checkpoint, entries, memory, score));
      // Nobody waits for the old ones to be gone, except the next save.
      queue = saved.then(
        () => known && deleteObsolete(known),
        () => undefined,
      );
      return saved;
    },
    async list() {
      await queue;
      return listCheckpoints(folder);
    },
    async loadLatest() {
      const skipped: { file: string; reason: string }[] = [];
      for (const { file } of await listCheckpoints(folder)) {
        try {
          return { checkpoint: await loadCheckpoint(file), file, skipped };
        } catch (error) {
          if (!(error instanceof CheckpointError)) throw error;
          damaged.add(file);
          skipped.push({ file, reason: error.message });
        }
      }
      if (skipped.length === 0) return undefined;
      const reasons = skipped.map(({ reason }) => reason).join(' ');
      throw new CheckpointError(`No checkpoint in ${folder} can be used. ${reasons}`, folder);
    },
    async dispose() {
      await queue;
      await thread?.dispose();
    },
  };
}

/** Clears what a killed run left, and learns which checkpoints there are and how good they were. */
async function prepare(folder: string, metric: string | undefined): Promise<Map<string, RetainedCheckpoint>> {
  const names = await readdir(folder).catch(() => []);
  for (const name of names)
    if (name.endsWith(temporarySuffix)) await rm(join(folder, name), { force: true }).catch(() => undefined);
  const found = await retainedCheckpoints(folder, metric);
  return new Map(found.map((checkpoint) => [checkpoint.file, checkpoint]));
}
