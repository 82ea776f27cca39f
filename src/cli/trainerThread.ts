/** The thread that trains: runs the trainer, relays what it tells, and carries out what it is told. */
import { parentPort, workerData } from 'node:worker_threads';
import { createTrainer } from '../../machines/createTrainer.ts';
import type { Trainer, TrainerStatus } from '../../machines/trainer.ts';
import type { SinkObject } from '../../streams/sink.ts';
import type { Log } from '../log.ts';
import { type MetricRelay, metricRelay } from './metricRelay.ts';
import { plainErrorOf } from './plainError.ts';
import type { FromTrainer, LogLevel, ToTrainer, TrainerThreadInput } from './threadMessages.ts';

function post(message: FromTrainer): void {
  parentPort?.postMessage(message);
}

const relay = metricRelay((batch) => post({ type: 'batch', ...batch }));
runTrainer(workerData as TrainerThreadInput, relay).then(
  (message) => finish(message),
  (error: unknown) => finish({ type: 'failed', error: plainErrorOf(error) }),
);

async function runTrainer(input: TrainerThreadInput, relay: MetricRelay): Promise<FromTrainer> {
  const { config, runDir, resume, load } = input;
  const trainer = createTrainer(config, {
    runDir,
    resume,
    ...(load !== undefined && { load }),
    log: relayedLog(),
    sinks: [mainThreadSink(relay)],
  });
  trainer.status$.subscribe((status) => relay.status(withoutPixels(status)));
  parentPort?.on('message', (message: ToTrainer) => receive(message, trainer, relay));
  return { type: 'done', summary: await trainer.done };
}

/** What was measured goes out before the last word. */
async function finish(message: FromTrainer): Promise<void> {
  await relay.drained(10_000);
  post(message);
}

/** The sink through which the main thread gets everything. It is attached once the run folder exists. */
function mainThreadSink(relay: MetricRelay): SinkObject {
  return {
    name: 'main thread',
    attach(metrics$, run) {
      post({ type: 'started', run: { ...run, config: undefined } });
      return new Promise((resolve) => metrics$.subscribe({ next: relay.metric, complete: resolve }));
    },
  };
}

/** Camera poses and pixels stay here: nobody in the main thread looks at them. */
function withoutPixels({ views: _views, latestImage: _image, ...status }: TrainerStatus): TrainerStatus {
  return status;
}

function relayedLog(): Log {
  const at = (level: LogLevel) => (fields: object, message: string) =>
    post({ type: 'log', level, fields: plainFields(fields), message });
  return { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') };
}

/** Fields that survive the way to another thread. */
function plainFields(fields: object): object {
  try {
    return structuredClone(fields);
  } catch {
    return { fields: String(fields) };
  }
}

function receive(message: ToTrainer, trainer: Trainer, relay: MetricRelay): void {
  if (message.type === 'handled') {
    relay.handled();
    return;
  }
  const { id, command } = message;
  trainer.perform(command).then(
    (answer) => post({ type: 'answer', id, answer }),
    (error: unknown) => post({ type: 'refused', id, error: plainErrorOf(error) }),
  );
}
