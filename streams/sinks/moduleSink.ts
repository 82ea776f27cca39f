/** A sink that is a module of the user, named by its path: it runs in a thread of its own, which it may block or crash. */
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { builtUrl } from '../../src/builtUrl.ts';
import { SinkError } from '../../src/errors.ts';
import { defineSink } from '../defineSink.ts';
import type { SinkObject, SinkReport } from '../sink.ts';
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
  const { name, queueSize, flushTimeoutMs } = thread.settings;
  return {
    name,
    ...(queueSize === undefined ? {} : { queueSize }),
    ...(flushTimeoutMs === undefined ? {} : { flushTimeoutMs }),
    attach(metrics$, run, control) {
      let lost = 0;
      const account = ({ dropped, error }: SinkReport): void => {
        if (dropped > lost) control?.lost(dropped - lost, error);
        lost = dropped;
      };
      control?.deadline.addEventListener('abort', () => thread.end());
      const sink = defineSink({
        name,
        ...(queueSize === undefined ? {} : { queueSize }),
        batch: { everyMs: 20, count: eventsInFlight },
        retry: { times: 0 },
        open: () => thread.attach({ ...run, options }),
        write: async (events) => account(await thread.write(events)),
        close: async () => account(await thread.finish()),
      });
      return Promise.resolve(sink.attach(metrics$, run, control) as Promise<void>).finally(() =>
        thread.end(),
      );
    },
  };
}
