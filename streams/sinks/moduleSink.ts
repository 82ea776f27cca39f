/** A sink that is a module of the user, named by its path: it runs in a thread of its own, which it may block or crash. */
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { builtUrl } from '../../src/builtUrl.ts';
import { SinkError } from '../../src/errors.ts';
import { defineSink } from '../defineSink.ts';
import type { CountLost, SinkObject, SinkReport } from '../sink.ts';
import { startModuleThread } from './moduleThread.ts';

/** Events given to the thread at a time; it asks for more by answering. What it has not answered counts as lost at the end. */
const eventsInFlight = 16;

/**
 * Loads a JavaScript module whose export `sink` (or default export) is a sink function or object. Waits for that, so
 * that a mistake is known before the run starts.
 *
 * @param path of the module; relative to the current folder
 * @param options given to the sink as `run.options`: plain data
 * @throws SinkError in one line: no such module, it cannot be loaded, it exports no sink
 */
export function moduleSink(path: string, options: Readonly<Record<string, unknown>> = {}): SinkObject {
  const file = resolve(path);
  if (!existsSync(file)) throw new SinkError(`The sink module ${path} does not exist.`, path);
  const worker = builtUrl(import.meta.url, './moduleSinkWorker.js');
  const thread = startModuleThread(worker, pathToFileURL(file).href, path);
  let known = 0;
  let countLost: CountLost;
  const account = ({ dropped, error }: SinkReport): void => {
    if (dropped > known) countLost(dropped - known, error);
    known = dropped;
  };
  return defineSink({
    ...thread.settings,
    batch: { everyMs: 20, count: eventsInFlight },
    retry: { times: 0 },
    open(run, deadline, lost) {
      countLost = lost;
      deadline.addEventListener('abort', () => thread.end());
      thread.attach({ ...run, options });
    },
    write: async (events) => account(await thread.write(events)),
    close: async () => {
      try {
        account(await thread.finish());
      } finally {
        thread.end();
      }
    },
  });
}
