/** The thread that a trainer will run in. It may be started ahead, so that it reads its modules while this thread still reads its own. */
import { Worker } from 'node:worker_threads';
import { builtUrl } from '../builtUrl.ts';

let ahead: Worker | undefined;

/** Starts the thread; it waits for what it is to train, and keeps no process from ending. */
export function startTrainerAhead(): void {
  const worker = startTrainer();
  worker.unref();
  // What is wrong with it shows again when it is needed, and is reported then.
  worker.once('error', () => {
    if (ahead === worker) ahead = undefined;
  });
  ahead = worker;
}

/** The thread that was started ahead, or a new one. */
export function takeTrainer(): Worker {
  const worker = ahead ?? startTrainer();
  ahead = undefined;
  worker.removeAllListeners('error');
  worker.ref();
  return worker;
}

function startTrainer(): Worker {
  return new Worker(builtUrl(import.meta.url, './trainerThread.js'), {
    // Most of what a step allocates dies at once; V8's default would let 48 MB of it pile up.
    resourceLimits: { maxYoungGenerationSizeMb: 8 },
  });
}
