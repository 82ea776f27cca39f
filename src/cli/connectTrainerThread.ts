/** Starts the trainer in a thread of its own and gives its messages to callbacks. */
import { Worker } from 'node:worker_threads';
import { builtUrl } from '../builtUrl.ts';
import type { FromTrainer, PlainError, ToTrainer, TrainerThreadInput } from './threadMessages.ts';

/** What the trainer's thread tells; after `done` or `failed` nothing follows. */
export type TrainerHandlers = {
  readonly [T in FromTrainer['type']]: (message: Extract<FromTrainer, { type: T }>) => void | Promise<void>;
};

export interface TrainerThread {
  send(message: ToTrainer): void;
  /** Ends the thread; harmless when it has ended. */
  terminate(): Promise<void>;
}

/** Starts the thread. Whatever ends it without a word (out of memory, a crash) arrives as `failed`. */
export function connectTrainerThread(input: TrainerThreadInput, handlers: TrainerHandlers): TrainerThread {
  const worker = new Worker(builtUrl(import.meta.url, './trainerThread.js'), {
    workerData: input,
    // Most of what a step allocates dies at once; V8's default would let 48 MB of it pile up.
    resourceLimits: { maxYoungGenerationSizeMb: 8 },
  });
  let ended = false;
  const fail = (error: PlainError) => {
    if (ended) return;
    ended = true;
    handlers.failed({ type: 'failed', error });
  };
  worker.on('message', (message: FromTrainer) => {
    if (ended) return;
    ended = message.type === 'done' || message.type === 'failed';
    const handled = (handlers[message.type] as (message: FromTrainer) => void | Promise<void>)(message);
    if (message.type === 'batch')
      void Promise.resolve(handled).then(() => worker.postMessage({ type: 'handled' } satisfies ToTrainer));
  });
  worker.on('error', (error: Error) =>
    fail({ message: describeCrash(error), stack: error.stack ?? error.message }),
  );
  worker.on('exit', (code) => fail({ message: `the trainer's thread ended unexpectedly (code ${code})` }));
  return {
    send: (message) => worker.postMessage(message),
    async terminate() {
      ended = true;
      await worker.terminate();
    },
  };
}

function describeCrash(error: Error): string {
  const code = (error as NodeJS.ErrnoException).code;
  if (code === 'ERR_WORKER_OUT_OF_MEMORY')
    return 'out of memory; use smaller images (data) or a smaller model (model.hashGrid.log2TableSize)';
  return error.message;
}
