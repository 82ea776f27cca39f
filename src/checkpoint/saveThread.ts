/** The training thread's side of the thread that writes checkpoints. */
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import { builtUrl } from '../builtUrl.ts';
import { CheckpointError, UnwritableError } from '../errors.ts';
import type { SaveAnswer, SaveRequest } from './saveWorker.ts';

export interface SaveThread {
  /**
   * One at a time. The request's memory is handed over and comes back with the answer.
   *
   * @returns the file, or what went wrong
   */
  write(request: SaveRequest): Promise<SaveResult>;
  dispose(): Promise<void>;
}

/** How a save ended. The memory is gone if the thread is. */
export type SaveResult = { readonly memory?: ArrayBuffer | undefined } & (
  | { readonly file: string }
  | { readonly error: CheckpointError }
);

/** Starts the thread. It keeps the process alive only while it writes. @throws CheckpointError when it is not built */
export function startSaveThread(): SaveThread {
  const url = builtUrl(import.meta.url, './saveWorker.js');
  if (!existsSync(url))
    throw new CheckpointError(`${fileURLToPath(url)} is missing: build nerfstream first (npm run build:ts).`);
  const worker = new Worker(url);
  let failure: string | undefined;
  let settle: ((answer: SaveAnswer) => void) | undefined;
  const answer = (value: SaveAnswer): void => {
    settle?.(value);
    settle = undefined;
  };
  worker.on('message', answer);
  worker.on('error', ({ message }) => {
    failure = `The thread that writes checkpoints failed: ${message}.`;
    answer({ error: failure, mendable: false });
  });
  worker.on('exit', () => {
    failure ??= 'The thread that writes checkpoints has ended.';
    answer({ error: failure, mendable: false });
  });
  worker.unref();

  return {
    async write(request) {
      if (failure !== undefined) return { error: new CheckpointError(failure, request.folder) };
      worker.ref();
      const result = await new Promise<SaveAnswer>((resolve) => {
        settle = resolve;
        worker.postMessage(request, [request.memory]);
      });
      worker.unref();
      const { memory } = result;
      if ('file' in result) return { file: result.file, memory };
      const Failure = result.mendable ? UnwritableError : CheckpointError;
      return { error: new Failure(result.error, request.folder), memory };
    },
    async dispose() {
      await worker.terminate();
    },
  };
}
