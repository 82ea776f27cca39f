/** The thread of a sink that is a module: whatever the module does, it does it to this thread alone. */
import { basename } from 'node:path';
import { workerData } from 'node:worker_threads';
import { RunningSink } from '../runningSink.ts';
import type { SinkObject, StreamSink } from '../sink.ts';
import type { FromModuleSink, ModuleSinkData, ToModuleSink } from './moduleSinkMessages.ts';

const { url, path, loaded, port } = workerData as ModuleSinkData;
const post = (message: FromModuleSink): void => port.postMessage(message);

const sink = await loadSink();
const settings = sink && {
  ...(sink.flushTimeoutMs === undefined ? {} : { flushTimeoutMs: sink.flushTimeoutMs }),
  ...(sink.queueSize === undefined ? {} : { queueSize: sink.queueSize }),
};
if (sink) post({ kind: 'loaded', name: sink.name, ...settings });
Atomics.store(new Int32Array(loaded), 0, 1);
Atomics.notify(new Int32Array(loaded), 0);
if (sink) serve(sink);

function serve(sink: SinkObject): void {
  let running: RunningSink | undefined;
  port.on('message', async (message: ToModuleSink) => {
    if (message.kind === 'attach') {
      // Failures are part of the report; the run says them in its log.
      running = new RunningSink(sink, message.run, { warn: () => undefined });
    } else if (message.kind === 'events') {
      for (const event of message.events) running!.push(event);
      await running!.idle();
      post({ kind: 'ready', report: running!.report() });
    } else {
      post({ kind: 'finished', report: await running!.finish() });
    }
  });
}

async function loadSink(): Promise<SinkObject | undefined> {
  const unusable = (reason: string): undefined => {
    post({ kind: 'unusable', reason });
    return undefined;
  };
  let module: { readonly sink?: unknown; readonly default?: unknown };
  try {
    module = (await import(url)) as typeof module;
  } catch (error) {
    return unusable(error instanceof Error ? error.message.split('\n', 1)[0]! : String(error));
  }
  const exported = module.sink ?? module.default;
  if (exported === undefined) return unusable('it has no export named "sink" and no default export');
  if (typeof exported === 'function') {
    const attach = exported as StreamSink['attach'];
    return { name: nameOf(attach.name), attach };
  }
  const object = exported as (Partial<SinkObject> & { attach?: unknown; write?: unknown }) | null;
  if (typeof object?.attach !== 'function' && typeof object?.write !== 'function')
    return unusable('its sink is neither a function nor an object with a function "attach" or "write"');
  return { ...object, name: object.name ?? basename(path) } as SinkObject;
}

/** Most functions are called after the export they are; then the file's name says more. */
function nameOf(functionName: string): string {
  return ['', 'sink', 'default'].includes(functionName) ? basename(path) : functionName;
}
