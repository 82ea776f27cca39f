/** A run's folder of checkpoints: saves without holding up the training, keeps what is worth keeping, finds the newest. */
import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { CheckpointError } from '../errors.ts';
import type { Log } from '../log.ts';
import type { Checkpoint, Plain } from './checkpoint.ts';
import {
  type CheckpointFile,
  listCheckpoints,
  loadCheckpoint,
  readCheckpointHeader,
} from './checkpointFiles.ts';
import { obsoleteCheckpoints, type RetainedCheckpoint, type RetentionPolicy } from './retention.ts';
import { type SaveThread, startSaveThread } from './saveThread.ts';
import { copyTensors, snapshotBytes } from './snapshot.ts';
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
  /** Newest step first. */
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
  const idle: SharedArrayBuffer[] = [];
  const damaged = new Set<string>();
  let known: Map<string, RetainedCheckpoint> | undefined;
  let queue: Promise<unknown> = Promise.resolve();

  const takeMemory = (bytes: number): SharedArrayBuffer => {
    const fits = idle.findIndex((memory) => memory.byteLength >= bytes);
    return fits >= 0 ? idle.splice(fits, 1)[0]! : new SharedArrayBuffer(bytes);
  };

  const deleteObsolete = async (saved: RetainedCheckpoint, files: Map<string, RetainedCheckpoint>) => {
    files.set(saved.file, saved);
    damaged.delete(saved.file);
    const whole = [...files.values()].filter(({ file }) => !damaged.has(file));
    for (const file of obsoleteCheckpoints(whole, options)) {
      files.delete(file);
      await rm(file, { force: true }).catch((error: Error) =>
        log.warn({ file }, `An old checkpoint cannot be deleted: ${error.message}`),
      );
    }
  };

  return {
    async save({ tensors, ...rest }, metrics = {}) {
      const score = keepBest ? metrics[keepBest.metric] : undefined;
      const finite = score !== undefined && Number.isFinite(score) ? score : undefined;
      const checkpoint = { ...rest, facts: withScore(rest.facts, keepBest?.metric, finite) };
      const memory = takeMemory(snapshotBytes(tensors));
      const entries = copyTensors(tensors, memory);
      const saved = queue.then(async () => {
        known ??= await prepare(folder, keepBest?.metric);
        const files = known;
        thread ??= startSaveThread();
        const file = await thread.write({ folder, checkpoint, entries, memory });
        const scored = finite === undefined ? {} : { score: finite };
        await deleteObsolete({ file, step: checkpoint.step, ...scored }, files);
        return { file };
      });
      queue = saved.catch(() => undefined).then(() => idle.splice(0, idle.length, memory));
      return saved;
    },
    list: () => listCheckpoints(folder),
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

/** The name under which a checkpoint's facts hold the value that `keepBest` looks at, so that it survives a resume. */
const scoreFact = 'keepBest';

function withScore(
  facts: Checkpoint['facts'],
  metric: string | undefined,
  value: number | undefined,
): Checkpoint['facts'] {
  const { [scoreFact]: _previous, ...others } = facts;
  if (metric === undefined || value === undefined) return others;
  return { ...others, [scoreFact]: { metric, value } };
}

/** Clears what a killed run left, and learns which checkpoints there are and how good they were. */
async function prepare(folder: string, metric: string | undefined): Promise<Map<string, RetainedCheckpoint>> {
  const names = await readdir(folder).catch(() => []);
  for (const name of names)
    if (name.endsWith(temporarySuffix)) await rm(join(folder, name), { force: true }).catch(() => undefined);
  const files = await listCheckpoints(folder);
  const scored = files.map(async ({ file, step }): Promise<[string, RetainedCheckpoint][]> => {
    const header = await readCheckpointHeader(file).catch(() => undefined);
    if (header === undefined) return [];
    const fact = header.facts[scoreFact] as { metric?: Plain; value?: Plain } | undefined;
    const counts = fact?.metric === metric && typeof fact?.value === 'number';
    return [[file, { file, step, ...(counts ? { score: fact.value as number } : {}) }]];
  });
  return new Map((await Promise.all(scored)).flat());
}
