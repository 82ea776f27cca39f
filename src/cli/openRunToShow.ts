/** What `eval` and `render` begin with: a run to look at, and where people are told how it goes. */
import path from 'node:path';
import type { OpenRun } from '../../machines/openRun.ts';
import { loadConfig } from '../config/loadConfig.ts';
import type { Log } from '../log.ts';
import { findCheckpointOf } from './findCheckpoint.ts';
import { createProgressDisplay, type ProgressDisplay } from './progressDisplay.ts';
import { configFileOfRun } from './resumeCommand.ts';

export interface ShowOptions {
  /** A step, the name of a pin, `best` or `latest`. */
  readonly step: string;
  readonly data?: string;
  /** Standard output is for the result: progress is shown on a terminal that takes errors, or nowhere. */
  readonly json?: boolean;
  readonly debug?: boolean;
}

export interface ShownRun {
  readonly run: OpenRun;
  readonly display: ProgressDisplay | undefined;
  warn(message: string): void;
  dispose(): void;
}

/**
 * @param check what else may be wrong, found out before the model is loaded
 * @throws RunFolderError, UsageError, and what `openRun` throws
 */
export async function openRunToShow(
  runDir: string,
  options: ShowOptions,
  check: () => Promise<void> = async () => {},
): Promise<ShownRun> {
  const file = configFileOfRun(runDir);
  const { json = false, debug = false, step, data } = options;
  const output = json ? (process.stderr.isTTY ? process.stderr : undefined) : process.stdout;
  const display = output && createProgressDisplay(output);
  const warn = (message: string) => {
    if (process.stderr.isTTY) display?.clear();
    process.stderr.write(`warning: ${message}\n`);
  };
  await check();
  const config = await loadConfig(file);
  const chosen = step === 'latest' ? undefined : (await findCheckpointOf({ runDir, config }, step)).file;
  const { openRun } = await import('../../machines/openRun.ts');
  const run = await openRun(path.resolve(runDir), {
    log: logOf(warn, debug),
    ...(data !== undefined && { data }),
    ...(chosen !== undefined && { checkpoint: chosen }),
  });
  return { run, display, warn, dispose: () => run.dispose() };
}

/** What goes wrong, and with `debug` everything. */
function logOf(warn: (message: string) => void, debug: boolean): Log {
  const told = (_: object, message: string) => warn(message);
  const detail = (_: object, message: string) => {
    if (debug) process.stderr.write(`${message}\n`);
  };
  return { debug: detail, info: detail, warn: told, error: told };
}
