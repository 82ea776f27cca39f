/** Starts the trainer in a thread of its own, gives its messages to callbacks, and its answers to who asked. */
import { Worker } from 'node:worker_threads';
import type { TrainerCommand } from '../../machines/commands.ts';
import { createPendingAnswers } from '../../machines/pendingAnswers.ts';
import { builtUrl } from '../builtUrl.ts';
import { CommandError } from '../errors.ts';
import type { FromTrainer, PlainError, ToTrainer, TrainerThreadInput } from './threadMessages.ts';

type News = Exclude<FromTrainer, { type: 'answer' | 'refused' }>;

/** What the trainer's thread tells; after `done` or `failed` nothing follows. */
export type TrainerHandlers = {
  readonly [T in News['type']]: (message: Extract<News, { type: T }>) => void | Promise<void>;
};

export interface TrainerThread {
  /**
   * Gives the trainer a command. Resolves when it was taken on, or with its answer; rejects with what is wrong with it, or with
   * CommandError when the thread ends first.
   */
  perform(command: TrainerCommand): Promise<unknown>;
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
  const pending = createPendingAnswers();
  let ended = false;
  const end = (): void => {
    ended = true;
    pending.close();
  };
  const fail = (error: PlainError) => {
    if (ended) return;
    end();
    handlers.failed({ type: 'failed', error });
  };
  worker.on('message', (message: FromTrainer) => {
    if (ended) return;
    if (message.type === 'answer') return pending.resolve(message.id, message.answer);
    if (message.type === 'refused')
      return pending.reject(message.id, new CommandError(message.error.message));
    if (message.type === 'done' || message.type === 'failed') end();
    const handled = (handlers[message.type] as (message: News) => void | Promise<void>)(message);
    if (message.type === 'batch')
      void Promise.resolve(handled).then(() => worker.postMessage({ type: 'handled' } satisfies ToTrainer));
  });
  worker.on('error', (error: Error) =>
    fail({ message: describeCrash(error), stack: error.stack ?? error.message }),
  );
  worker.on('exit', (code) => fail({ message: `the trainer's thread ended unexpectedly (code ${code})` }));
  return {
    perform: (command) =>
      pending.ask((id) => worker.postMessage({ type: 'command', id, command } satisfies ToTrainer)),
    async terminate() {
      end();
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
