/** The run's side of the thread in which a sink module lives. */
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { MessageChannel, receiveMessageOnPort, Worker } from 'node:worker_threads';
import { SinkError } from '../../src/errors.ts';
import type { MetricEvent } from '../metricEvent.ts';
import type { RunInfo, SinkLimits, SinkReport } from '../sink.ts';
import type { FromModuleSink, ModuleSinkData, ToModuleSink } from './moduleSinkMessages.ts';

export interface ModuleThread {
  /** What the module says of its sink. */
  readonly settings: SinkLimits;
  attach(run: RunInfo): void;
  /** Resolves once the sink has dealt with the events; one call at a time. @throws SinkError when the thread ended */
  write(events: readonly MetricEvent[]): Promise<SinkReport>;
  /** Ends the sink's stream and waits for it. @throws SinkError when the thread ended */
  finish(): Promise<SinkReport>;
  /** Ends the thread, whatever it does. */
  end(): void;
}

/** A module that is not loaded by then is given up. */
const loadTimeoutMs = 10_000;

/**
 * Starts the thread and blocks until it has loaded the module.
 *
 * @param worker URL of the built `moduleSinkWorker.js`
 * @param url of the module
 * @param path of the module as the user wrote it
 * @throws SinkError
 */
export function startModuleThread(worker: URL, url: string, path: string): ModuleThread {
  if (!existsSync(worker))
    throw new SinkError(
      `${fileURLToPath(worker)} is missing: build nerfstream first (npm run build:ts).`,
      path,
    );
  const { port1: port, port2 } = new MessageChannel();
  const loaded = new SharedArrayBuffer(4);
  const workerData: ModuleSinkData = { url, path, loaded, port: port2 };
  const thread = new Worker(worker, { workerData, transferList: [port2] });
  thread.unref();
  const settings = waitForModule();
  let failure: string | undefined;
  let settle: ((answer: SinkReport | undefined) => void) | undefined;

  const answer = (report: SinkReport | undefined): void => {
    settle?.(report);
    settle = undefined;
  };
  port.on('message', (message: FromModuleSink) => {
    if ('report' in message) answer(message.report);
  });
  port.unref();
  thread.on('error', (error: Error) => {
    failure = `its thread failed: ${error.message ?? error}`;
  });
  thread.on('exit', () => {
    failure ??= 'its thread ended';
    answer(undefined);
  });

  function waitForModule(): ModuleThread['settings'] {
    Atomics.wait(new Int32Array(loaded), 0, 0, loadTimeoutMs);
    const message = receiveMessageOnPort(port)?.message as FromModuleSink | undefined;
    if (message?.kind === 'loaded') {
      const { kind: _kind, ...rest } = message;
      return rest;
    }
    void thread.terminate();
    const reason =
      message?.kind === 'unusable' ? message.reason : `it was not loaded within ${loadTimeoutMs / 1000} s`;
    throw new SinkError(`The sink module ${path} cannot be used: ${reason}.`, path);
  }

  const ask = async (message: ToModuleSink): Promise<SinkReport> => {
    const report =
      failure === undefined
        ? await new Promise<SinkReport | undefined>((resolve) => {
            settle = resolve;
            port.postMessage(message);
          })
        : undefined;
    if (report === undefined) throw new SinkError(failure ?? 'its thread ended', path);
    return report;
  };

  return {
    settings,
    attach: (run) => port.postMessage({ kind: 'attach', run } satisfies ToModuleSink),
    write: (events) => ask({ kind: 'events', events }),
    finish: () => ask({ kind: 'finish' }),
    end() {
      port.close();
      void thread.terminate();
    },
  };
}
