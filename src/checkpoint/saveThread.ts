/** The training thread's side of the thread that writes checkpoints. */
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import { builtUrl } from '../builtUrl.ts';
import { CheckpointError } from '../errors.ts';
import type { SaveAnswer, SaveRequest } from './saveWorker.ts';

export interface SaveThread {
  /** One at a time. @throws CheckpointError */
  write(request: SaveRequest): Promise<string>;
  dispose(): Promise<void>;
}

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
    answer({ error: failure });
  });
  worker.on('exit', () => {
    failure ??= 'The thread that writes checkpoints has ended.';
    answer({ error: failure });
  });
  worker.unref();

  return {
    async write(request) {
      if (failure !== undefined) throw new CheckpointError(failure, request.folder);
      worker.ref();
      const result = await new Promise<SaveAnswer>((resolve) => {
        settle = resolve;
        worker.postMessage(request);
      });
      worker.unref();
      if ('error' in result) throw new CheckpointError(result.error, request.folder);
      return result.file;
    },
    async dispose() {
      await worker.terminate();
    },
  };
}
