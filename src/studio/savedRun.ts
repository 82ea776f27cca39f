/** A run of which the newest checkpoint is shown: one that has ended, or one that another process trains and that takes commands through its control socket. */
import { Subject } from 'rxjs';
import type { RunStatus, TrainerState } from '../../machines/runStatus.ts';
import { sendControl } from '../cli/controlClient.ts';
import { loadConfig } from '../config/loadConfig.ts';
import { runPaths } from '../runFolder/runPaths.ts';
import type { RunMode } from './protocol.ts';
import { describeRunFolder } from './runFiles.ts';
import { createShownCheckpoint } from './shownCheckpoint.ts';
import type { RunNews, StudioRun } from './studioRun.ts';

export interface SavedRun {
  readonly run: StudioRun;
  close(): Promise<void>;
}

/** A control socket that nobody listens to is seen at once; a trainer answers between two steps. */
const answerWithinMs = 10_000;
/** A run that has ended may go on, in some process. It is asked so seldom, and only while somebody looks. */
const askAgainMs = 5_000;

/** Whether some process trains the run now. */
export async function isRunning(runDir: string): Promise<boolean> {
  return (await liveStatus(runDir)) !== undefined;
}

/** As its trainer tells; undefined where nobody trains it. */
function liveStatus(runDir: string): Promise<RunStatus | undefined> {
  return sendControl(runDir, { type: 'status' }, answerWithinMs).then(
    (response) => (response.ok ? response.status : undefined),
    () => undefined,
  );
}

/**
 * While somebody asks for its status, it follows the run: newer checkpoints are opened, and it is noticed when a trainer comes or goes.
 * @param runDir absolute path @param name how the studio calls it
 * @throws CheckpointError for a run that has ended without a usable checkpoint, and what `openRun` throws
 */
export async function openSavedRun(runDir: string, name: string): Promise<SavedRun> {
  const config = await loadConfig(runPaths(runDir).config);
  const news$ = new Subject<RunNews>();
  const shown = createShownCheckpoint(runDir, (picture) => news$.next({ type: 'picture', picture }));
  let mode: RunMode = (await isRunning(runDir)) ? 'attached' : 'finished';
  let askedAt = performance.now();
  /** The checkpoint that was opened last, or could not be: as its trainer names it. */
  let tried: string | undefined;
  let isRenewing = false;

  const renew = async (): Promise<void> => {
    isRenewing = true;
    try {
      await shown.renew();
      news$.next({ type: 'changed' });
    } finally {
      isRenewing = false;
    }
  };
  const change = (to: RunMode): void => {
    if (to === mode) return;
    mode = to;
    news$.next({ type: 'changed' });
    // Its last checkpoint is one that no status has named.
    if (to === 'finished' && !isRenewing) void renew().catch(() => {});
  };
  const follow = ({ checkpoint }: RunStatus): void => {
    if (checkpoint === undefined || checkpoint === tried || isRenewing) return;
    tried = checkpoint;
    if (nameOf(shown.opened?.file) !== nameOf(checkpoint)) void renew().catch(() => {});
  };
  const status = async (): Promise<RunStatus> => {
    if (mode === 'attached' || performance.now() - askedAt > askAgainMs) {
      askedAt = performance.now();
      const live = await liveStatus(runDir);
      change(live ? 'attached' : 'finished');
      if (live) {
        follow(live);
        return live;
      }
    }
    return savedStatus(runDir, shown.opened?.step ?? 0, config.trainer.maxSteps);
  };

  // One that is being trained may have saved nothing yet.
  await renew().catch((error: unknown) => {
    if (mode === 'finished') throw error;
  });
  const run: StudioRun = {
    ...{ name, runDir, config, news$, status },
    get mode() {
      return mode;
    },
    get shown() {
      return shown.opened?.shown;
    },
    get saved() {
      return shown.opened;
    },
    get handle() {
      return mode === 'attached'
        ? (request: Parameters<typeof sendControl>[1]) => sendControl(runDir, request, 600_000)
        : undefined;
    },
    viewer: shown.viewer,
    render: (request) => shown.render(request),
  };
  return {
    run,
    async close() {
      news$.complete();
      await shown.close();
    },
  };
}

function nameOf(file: string | undefined): string | undefined {
  return file?.replace(/^.*[\\/]/, '');
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
