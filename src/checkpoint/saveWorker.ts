/** The thread that encodes, checksums and writes checkpoints, one message each. */
import { parentPort } from 'node:worker_threads';
import type { Checkpoint } from './checkpoint.ts';
import { type SnapshotEntry, tensorsOf } from './snapshot.ts';
import { writeCheckpoint } from './writeCheckpoint.ts';

/** What the thread is asked. */
export interface SaveRequest {
  readonly folder: string;
  readonly checkpoint: Omit<Checkpoint, 'tensors'>;
  readonly entries: readonly SnapshotEntry[];
  readonly memory: SharedArrayBuffer;
}

/** What it answers: the file's path, or one line that says why there is none. */
export type SaveAnswer = { readonly file: string } | { readonly error: string };

parentPort?.on('message', async ({ folder, checkpoint, entries, memory }: SaveRequest) => {
  const answer = await writeCheckpoint(folder, { ...checkpoint, tensors: tensorsOf(entries, memory) }).then(
    (file): SaveAnswer => ({ file }),
    (error: unknown): SaveAnswer => ({ error: error instanceof Error ? error.message : String(error) }),
  );
  parentPort?.postMessage(answer);
});
