/** Lets the trainer run in a thread of its own, gives its messages to callbacks, and its responses to who asked. */
import { createPendingAnswers } from '../../machines/pendingAnswers.ts';
import type { Viewer } from '../../machines/viewDesk.ts';
import { viewerThrough } from '../studio/viewerMessages.ts';
import type { ControlResponse } from './controlProtocol.ts';
import type { ControlHandler } from './controlServer.ts';
import type { FromTrainer, PlainError, ToTrainer, TrainerThreadInput } from './threadMessages.ts';
import { takeTrainer } from './trainerWorker.ts';

type News = Exclude<FromTrainer, { type: 'response' }>;

/** What the trainer's thread tells; after `done` or `failed` nothing follows. */
export type TrainerHandlers = {
  readonly [T in News['type']]: (message: Extract<News, { type: T }>) => void;
};

export interface TrainerThread {
  /** Carries out a control request. Rejects with CommandError when the thread ends first. */
  readonly handle: ControlHandler;
  /** For those who look at the run. */
  readonly viewer: Viewer;
  /** Asks the run to finish its step, save, and end; harmless when it ends by itself meanwhile. */
  interrupt(): void;
  /** Ends the thread; harmless when it has ended. */
  terminate(): Promise<void>;
}

/** Trains in the thread. Whatever ends it without a word (out of memory, a crash) arrives as `failed`. */
export function connectTrainerThread(input: TrainerThreadInput, handlers: TrainerHandlers): TrainerThread {
  const worker = takeTrainer();
  worker.postMessage(input);
  const tell = (message: ToTrainer): void => worker.postMessage(message);
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
    if (message.type === 'response') return pending.resolve(message.id, message.response);
    if (message.type === 'done' || message.type === 'failed') end();
    (handlers[message.type] as (message: News) => void)(message);
    if (message.type === 'batch') tell({ type: 'handled' });
  });
  worker.on('error', (error: Error) =>
    fail({ message: describeCrash(error), stack: error.stack ?? error.message }),
  );
  worker.on('exit', (code) => fail({ message: `the trainer's thread ended unexpectedly (code ${code})` }));
  return {
    handle: (request, connection) =>
      pending.ask((id) => {
        tell({ type: 'request', id, request });
        connection.addEventListener('abort', () => tell({ type: 'cancel', id }), { once: true });
      }) as Promise<ControlResponse>,
    viewer: viewerThrough(tell),
    interrupt: () => tell({ type: 'interrupt' }),
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
