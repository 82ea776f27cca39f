/** The thread that encodes, checksums and writes checkpoints, one message each. */
import { parentPort } from 'node:worker_threads';
import { UnwritableError } from '../errors.ts';
import { loadHash64 } from '../hash64.ts';
import { keepHeapSmall } from '../v8Flags.ts';
import type { Checkpoint } from './checkpoint.ts';
import { type SnapshotEntry, tensorsOf } from './snapshot.ts';
import { writeCheckpoint } from './writeCheckpoint.ts';

/** What the thread is asked. The memory is handed over with it. */
export interface SaveRequest {
  readonly folder: string;
  readonly checkpoint: Omit<Checkpoint, 'tensors'>;
  readonly entries: readonly SnapshotEntry[];
  readonly memory: ArrayBuffer;
}

/** What it answers: the file's path, or what went wrong. The memory comes back for the next time. */
export type SaveAnswer = { readonly memory?: ArrayBuffer } & (
  | { readonly file: string }
  | { readonly error: string; readonly mendable: boolean }
);

keepHeapSmall();
const hashing = loadHash64();

parentPort?.on('message', async ({ folder, checkpoint, entries, memory }: SaveRequest) => {
  const whole = { ...checkpoint, tensors: tensorsOf(entries, memory) };
  const answer = await writeCheckpoint(folder, whole, await hashing).then(
    (file): SaveAnswer => ({ file, memory }),
    (error: unknown): SaveAnswer => ({
      error: error instanceof Error ? error.message : String(error),
      mendable: error instanceof UnwritableError,
      memory,
    }),
  );
  parentPort?.postMessage(answer, [memory]);
});
