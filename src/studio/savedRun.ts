/** A run of which the newest checkpoint is shown: one that has ended, or one that another process trains and that takes commands through its control socket. */
import path from 'node:path';
import { Worker } from 'node:worker_threads';
import { Subject } from 'rxjs';
import { createPendingAnswers } from '../../machines/pendingAnswers.ts';
import type { RunStatus, TrainerState } from '../../machines/runStatus.ts';
import { builtUrl } from '../builtUrl.ts';
import { sendControl } from '../cli/controlClient.ts';
import { loadConfig } from '../config/loadConfig.ts';
import { CheckpointError, CommandError } from '../errors.ts';
import type { RenderedImage } from '../pipeline/pipeline.ts';
import { runPaths } from '../runFolder/runPaths.ts';
import { describeRunFolder } from './runFiles.ts';
import type { FromSavedRun, SavedRunInput, ToSavedRun } from './savedRunThread.ts';
import type { RunNews, ShownScene, StudioRun } from './studioRun.ts';
import { viewerThrough } from './viewerMessages.ts';

export interface SavedRun {
  readonly run: StudioRun;
  close(): Promise<void>;
}

/** A control socket that nobody listens to is seen at once; a trainer answers between two steps. */
const answerWithinMs = 10_000;

/** Whether some process trains the run now. */
export async function isRunning(runDir: string): Promise<boolean> {
  return sendControl(runDir, { type: 'status' }, answerWithinMs).then(
    ({ ok }) => ok,
    () => false,
  );
}

/** @param runDir absolute path @throws CheckpointError without a usable checkpoint, and what `openRun` throws */
export async function openSavedRun(runDir: string): Promise<SavedRun> {
  const config = await loadConfig(runPaths(runDir).config);
  const mode = (await isRunning(runDir)) ? 'attached' : 'finished';
  const input: SavedRunInput = runDir;
  const worker = new Worker(builtUrl(import.meta.url, './savedRunThread.js'), { workerData: input });
  const tell = (message: ToSavedRun): void => worker.postMessage(message);
  const news$ = new Subject<RunNews>();
  const pending = createPendingAnswers();
  let shown: ShownScene | undefined;
  let step = 0;
  await new Promise<void>((resolve, reject) => {
    worker.on('error', reject);
    worker.on('exit', () => {
      pending.close();
      reject(new CommandError(`${runDir}: the thread that shows the run has ended`));
    });
    worker.on('message', (message: FromSavedRun) => {
      if (message.type === 'failed') reject(new CheckpointError(message.error));
      else if (message.type === 'opened') step = message.step;
      else if (message.type === 'shown') {
        shown = message.shown;
        resolve();
      } else if (message.type === 'picture') news$.next({ type: 'picture', picture: message.picture });
      else if (message.type === 'rendered')
        pending.resolve(message.id, { ...message.image, step: message.step });
      else pending.reject(message.id, new CommandError(message.error));
    });
  }).catch(async (error: unknown) => {
    await worker.terminate();
    throw error;
  });
  const ask: StudioRun['handle'] = (request) => sendControl(runDir, request, 600_000);
  const run: StudioRun = {
    ...{ name: path.basename(runDir), mode, runDir, config },
    shown,
    news$,
    viewer: viewerThrough(tell),
    ...(mode === 'attached' && { handle: ask }),
    async status() {
      const live = await (mode === 'attached'
        ? sendControl(runDir, { type: 'status' }, answerWithinMs).catch(() => undefined)
        : undefined);
      return live?.ok ? live.status : savedStatus(runDir, step, config.trainer.maxSteps);
    },
    render: (camera, output) =>
      pending.ask((id) => tell({ type: 'render', id, camera, output })) as Promise<
        RenderedImage & { readonly step: number }
      >,
  };
  return {
    run,
    async close() {
      news$.complete();
      await worker.terminate();
    },
  };
}

async function savedStatus(runDir: string, step: number, maxSteps: number): Promise<RunStatus> {
  const entry = await describeRunFolder(runDir, 'finished');
  const { psnr, ssim, trainSeconds = 0, steps = step, status } = entry ?? {};
  return {
    state: states[status ?? ''] ?? 'stopped',
    ...{ step: steps, maxSteps, trainSeconds },
    metrics: {
      ...(psnr !== undefined && { 'eval/psnr': psnr }),
      ...(ssim !== undefined && { 'eval/ssim': ssim }),
    },
    learningRates: {},
  };
}

const states: Readonly<Record<string, TrainerState>> = { completed: 'completed', failed: 'failed' };
