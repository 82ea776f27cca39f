/** The thread that trains: runs the trainer, hands over what it tells, and carries out what is asked of it. */
import { parentPort } from 'node:worker_threads';
import { createTrainer } from '../../machines/createTrainer.ts';
import type { RunSummary, Trainer } from '../../machines/trainer.ts';
import type { Log } from '../log.ts';
import { shownSceneOf } from '../studio/shownScene.ts';
import { isToViewer, tellViewer } from '../studio/viewerMessages.ts';
import { keepHeapSmall } from '../v8Flags.ts';
import { plainErrorOf } from './cliErrors.ts';
import { controlCommands } from './controlCommands.ts';
import { type MainThreadSink, mainThreadSink } from './mainThreadSink.ts';
import type { FromTrainer, LogLevel, ToTrainer, TrainerThreadInput } from './threadMessages.ts';

function post(message: FromTrainer): void {
  parentPort?.postMessage(message);
}

keepHeapSmall();

// What nearly every run needs is read while the main thread still finds out what is to be done. Errors show again when it is needed.
Promise.all([
  import('../../machines/startInFolder.ts'),
  import('../tensors/createSimdEngine.ts'),
  import('../pipeline/createSplatPipeline.ts'),
]).catch(() => {});

parentPort?.once('message', (input: TrainerThreadInput) => {
  runTrainer(input).then(
    (summary) => post({ type: 'done', summary }),
    (error: unknown) => post({ type: 'failed', error: plainErrorOf(error) }),
  );
});

/** The sinks are flushed when it settles: nothing of the run follows. */
function runTrainer({ config, runDir, resume, load, isShown }: TrainerThreadInput): Promise<RunSummary> {
  const main = mainThreadSink((events) => post({ type: 'batch', events }));
  const trainer = createTrainer(config, {
    runDir,
    resume,
    ...(load !== undefined && { load }),
    log: threadLog(),
    // Without sinks nobody receives the metrics, here or there: nothing is read back for them.
    sinks: config.sinks.length > 0 || isShown ? [main.sink] : [],
    onStarted: (run, pipeline) => {
      post({ type: 'started', run: { ...run, config: undefined } });
      if (isShown) post({ type: 'shown', shown: shownSceneOf(pipeline) });
    },
  });
  if (isShown) trainer.viewer.pictures$.subscribe((picture) => post({ type: 'picture', picture }));
  parentPort?.on('message', receiver(trainer, main));
  return trainer.done;
}

/** Carries out what the main thread asks for; a request whose client has gone away is no longer waited for. */
function receiver(trainer: Trainer, main: MainThreadSink): (message: ToTrainer) => void {
  const handle = controlCommands(trainer);
  const clients = new Map<number, AbortController>();
  return (message) => {
    if (message.type === 'handled') return main.handled();
    if (message.type === 'interrupt') return trainer.stop('interrupt');
    if (isToViewer(message)) return tellViewer(trainer.viewer, message);
    const { id } = message;
    if (message.type === 'cancel') return clients.get(id)?.abort();
    const client = new AbortController();
    clients.set(id, client);
    handle(message.request, client.signal)
      .catch((error: unknown) => ({ ok: false as const, error: plainErrorOf(error).message }))
      .then((response) => {
        clients.delete(id);
        post({ type: 'response', id, response });
      });
  };
}

function threadLog(): Log {
  const at = (level: LogLevel) => (fields: object, message: string) =>
    post({ type: 'log', level, fields: plainFields(fields), message });
  return {
    debug: at('debug'),
    info: at('info'),
    warn: at('warn'),
    error: at('error'),
    progress: (progress) => post({ type: 'progress', progress }),
  };
}

/** Fields that survive the way to another thread. */
function plainFields(fields: object): object {
  try {
    return structuredClone(fields);
  } catch {
    return { fields: String(fields) };
  }
}
