/** Carries out one job: one process of our own command line, which trains in a run folder, or goes on there. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { RunStatus } from '../../machines/runStatus.ts';
import { builtUrl } from '../builtUrl.ts';
import { usageExitCode } from '../cli/cliErrors.ts';
import { sendControl } from '../cli/controlClient.ts';
import { interruptedExitCode } from '../cli/interrupts.ts';
import type { Config } from '../config/schema.ts';
import { RunFolderError } from '../errors.ts';
import { makeFolders } from '../runFolder/makeFolders.ts';
import { takeRunLock } from '../runFolder/runLock.ts';
import { runPaths } from '../runFolder/runPaths.ts';
import { toYaml } from '../runFolder/writeConfig.ts';
import { writeFileAtomically } from '../runFolder/writeFileAtomically.ts';
import { contentOf, endInFolder, measuredIn, readSummary } from './runFolderState.ts';
import { configOfJob, type RunEnd, type RunJob } from './runJob.ts';

export interface CarryOutOptions {
  /** Where run folders lie: that of the job is `<outDir>/<job.run>`. */
  readonly outDir: string;
  /** Once aborted, the run finishes its step, saves, and is given back. */
  readonly signal?: AbortSignal;
  /** Where the photos lie here, if not where the job says. They are known by their content. */
  readonly data?: string;
  /** Threads that compute, if not as many as the job says; they change no bit. */
  readonly threads?: number;
  /** Told how far the run is, while it trains, every `statusEveryMs`. */
  readonly onStatus?: (status: RunStatus) => void;
  /** Milliseconds. Default 2,000. */
  readonly statusEveryMs?: number;
  /** Milliseconds from the abort on after which the process is killed; its newest checkpoint counts then. Default 120,000. */
  readonly killAfterMs?: number;
}

const defaultStatusEveryMs = 2_000;
const defaultKillAfterMs = 120_000;
/** How long a process that held the folder before may take to save and end. */
const lockTimeoutMs = 60_000;
const lockEveryMs = 200;
/** What is kept of what a process says last. */
const saidBytes = 16_384;

/**
 * Trains what `job` says in `<outDir>/<job.run>`, in a process of its own, and tells how that ended. A folder that holds a whole checkpoint of
 * the run is gone on with, one that holds nothing of worth is begun anew, and a run that has ended there already is not trained again.
 * The process ends, saved, when this one does, however that is.
 *
 * Never rejects for what happens to the run: that is an outcome.
 * @throws ConfigError for a job whose configuration does not fit
 */
export async function carryOutRun(job: RunJob, options: CarryOutOptions): Promise<RunEnd> {
  const config = configOfJob(job);
  const folder = path.resolve(options.outDir, job.run);
  try {
    await makeFolders(path.resolve(options.outDir));
    for (let attempt = 0; ; attempt++) {
      await untilFree(folder, options.signal);
      const before = await endInFolder(folder, config, job.stopAtStep);
      if (before) return before;
      if (options.signal?.aborted) return { outcome: 'givenBack', ...(await measuredIn(folder, undefined)) };
      const args = await argumentsFor(job, config, folder, options);
      const end = await runProcess(args, folder, options);
      // A process whose parent was killed as it began may have made the folder just now.
      const cameBetween = args[0] === 'train' && end.code === usageExitCode && existsSync(folder);
      if (attempt > 0 || !cameBetween) return await endOf(folder, job, end);
    }
  } catch (error) {
    return failed(
      await measuredIn(folder, undefined),
      (error as Error).message,
      error instanceof RunFolderError,
    );
  } finally {
    await rm(configFileFor(folder), { force: true });
  }
}

/** The configuration that a new run is started with, beside its folder while it runs. */
function configFileFor(folder: string): string {
  return path.join(path.dirname(folder), `.${path.basename(folder)}.yaml`);
}

/** The command line: `train` or `resume`. @throws RunFolderError where the folder holds something else */
async function argumentsFor(
  job: RunJob,
  config: Config,
  folder: string,
  { outDir, data, threads }: CarryOutOptions,
): Promise<readonly string[]> {
  const common = [...(data === undefined ? [] : ['--data', data]), '--with-parent'];
  const { maxSteps, maxSeconds = null } = config.trainer;
  const settings = [
    `trainer.stopAtStep=${job.stopAtStep ?? null}`,
    ...(threads === undefined ? [] : [`threads=${threads}`]),
  ];
  const content = await contentOf(folder, config);
  if (content === 'other')
    throw new RunFolderError(
      `${folder} holds something else than this run, or no whole checkpoint of it: move it away, or give the sweep another --out`,
      folder,
    );
  if (content === 'whole')
    return [
      ...['resume', folder, ...common, ...settings],
      ...[`trainer.maxSteps=${maxSteps}`, `trainer.maxSeconds=${maxSeconds}`],
    ];
  // It ended before anything was saved.
  if (content === 'empty') await rm(folder, { recursive: true, force: true });
  const file = configFileFor(folder);
  await writeFileAtomically(file, toYaml(config));
  return ['train', file, '--out', path.resolve(outDir), '--name', job.run, ...common, ...settings];
}

/** Waits until no process holds the folder: one whose parent was killed saves and ends by itself. @throws RunFolderError */
async function untilFree(folder: string, signal: AbortSignal | undefined): Promise<void> {
  const until = performance.now() + lockTimeoutMs;
  while (existsSync(folder) && !signal?.aborted) {
    try {
      await (await takeRunLock(runPaths(folder).lock)).release();
      return;
    } catch (error) {
      if (performance.now() > until) throw error;
      await delay(lockEveryMs);
    }
  }
}

/** How a process ended. */
interface ProcessEnd {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  /** What it said last on standard error. */
  readonly said: string;
  /** It was told to end. */
  readonly aborted: boolean;
}

async function runProcess(
  args: readonly string[],
  folder: string,
  { signal, onStatus, statusEveryMs, killAfterMs }: CarryOutOptions,
): Promise<ProcessEnd> {
  const main = fileURLToPath(builtUrl(import.meta.url, '../cli/main.js'));
  // In a process group of its own: Ctrl-C in a terminal is told to us, and we tell it.
  const child = spawn(process.execPath, [main, ...args], {
    detached: true,
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
  });
  let said = '';
  child.stderr!.on('data', (chunk: Buffer) => {
    said = `${said}${chunk}`.slice(-saidBytes);
  });
  let killing: NodeJS.Timeout | undefined;
  const stop = (): void => {
    child.kill('SIGTERM');
    killing ??= setTimeout(() => child.kill('SIGKILL'), killAfterMs ?? defaultKillAfterMs).unref();
  };
  signal?.addEventListener('abort', stop, { once: true });
  if (signal?.aborted) stop();
  const ended = new AbortController();
  const watched = onStatus && watch(folder, onStatus, statusEveryMs ?? defaultStatusEveryMs, ended.signal);
  try {
    const [code, killedBy] = (await once(child, 'close')) as [number | null, NodeJS.Signals | null];
    return { code, signal: killedBy, said, aborted: signal?.aborted ?? false };
  } finally {
    signal?.removeEventListener('abort', stop);
    clearTimeout(killing);
    ended.abort();
    await watched;
  }
}

/** Asks the run how far it is, until it has ended. */
async function watch(
  folder: string,
  onStatus: (status: RunStatus) => void,
  everyMs: number,
  ended: AbortSignal,
): Promise<void> {
  while (!ended.aborted) {
    await delay(everyMs, undefined, { signal: ended, ref: false }).catch(() => undefined);
    if (ended.aborted) return;
    // It may not have begun, or just have ended.
    const answer = await sendControl(folder, { type: 'status' }, everyMs).catch(() => undefined);
    if (answer?.ok && !ended.aborted) onStatus(answer.status);
  }
}

async function endOf(
  folder: string,
  { stopAtStep }: RunJob,
  { code, signal, said, aborted }: ProcessEnd,
): Promise<RunEnd> {
  if (code === 0) {
    const summary = await readSummary(folder);
    const measured = await measuredIn(folder, summary);
    if (summary?.status === 'completed') return { outcome: 'finished', ending: 'completed', ...measured };
    if (stopAtStep !== undefined && measured.step >= stopAtStep)
      return { outcome: 'reachedStep', ...measured };
    return { outcome: 'finished', ending: 'stopped', ...measured };
  }
  const measured = await measuredIn(folder, code === null ? undefined : await readSummary(folder));
  if (code === interruptedExitCode || aborted) return { outcome: 'givenBack', ...measured };
  const line = said
    .match(/^error: .*$/gm)
    ?.at(-1)
    ?.slice('error: '.length);
  const killed =
    signal &&
    `killed by ${signal}${signal === 'SIGKILL' ? ' (the system does that when memory is short)' : ''}`;
  return failed(measured, line ?? killed ?? `ended with exit code ${code}`, code === usageExitCode);
}

function failed(
  measured: Awaited<ReturnType<typeof measuredIn>>,
  error: string,
  badInput: boolean,
): Extract<RunEnd, { outcome: 'failed' }> {
  return { outcome: 'failed', error: error.replace(/\s*\n\s*/g, ' '), badInput, ...measured };
}
