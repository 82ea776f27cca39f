/** Where a run's checkpoints go: to files (startInFolder.ts), or for a run in memory just the newest one (to go back to). */
import type { Checkpoint } from '../src/checkpoint/checkpoint.ts';

export interface RunStore {
  /** Copies the checkpoint before it returns. @returns the file, relative to the run folder; none in memory */
  save(checkpoint: Checkpoint, metrics: Readonly<Record<string, number>>): Promise<string | undefined>;
  /** The newest checkpoint that can be used. */
  newest(): Promise<Checkpoint | undefined>;
  dispose(): Promise<void>;
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
