/** `nerfstream train`: a new run. */
import path from 'node:path';
import { listConfigKeys } from '../config/listConfigKeys.ts';
import { loadConfig } from '../config/loadConfig.ts';
import { isVideo } from '../data/photoNames.ts';
import { ConfigError } from '../errors.ts';
import { UsageError } from './cliErrors.ts';
import { interruptedExitCode } from './interrupts.ts';
import { newRunFolder } from './runNames.ts';
import { splitArguments } from './splitArguments.ts';
import { type StudioOptions, studioFlagsOf } from './studioFlags.ts';

export interface TrainOptions extends StudioOptions {
  readonly data?: string;
  /** Whether the photos are to be placed first. */
  readonly process?: boolean;
  readonly load?: string;
  readonly out: string;
  readonly name?: string;
  readonly keys?: boolean;
  readonly check?: boolean;
  readonly withParent?: boolean;
  readonly debug?: boolean;
}

/** @returns the exit code */
export async function trainCommand(args: readonly string[], options: TrainOptions): Promise<number> {
  if (options.keys) return printKeys();
  const { positional, assignments } = splitArguments(args);
  const studio = studioFlagsOf(options);
  const data = options.process ? placedFolder(options.data) : options.data;
  const config = await loadConfig(positional, data === undefined ? {} : { data }, assignments);
  if (config.data.path === '')
    throw new ConfigError('no data: say where the photos are with --data DIR (nerfstream demo needs none)', {
      path: 'data.path',
    });
  const runDir = newRunFolder(config, options);
  const load = options.load === undefined ? undefined : path.resolve(options.load);
  const debug = options.debug ?? false;
  // Last of all: it takes minutes, and what is wrong with the command is said before.
  if (options.process && !(await place(options.data!, data!))) return interruptedExitCode;
  if (options.check) return (await import('./checkTraining.ts')).checkTraining({ config, load, debug });
  const { runTraining } = await import('./runTraining.ts');
  const { withParent } = options;
  return runTraining({ config, runDir, resume: false, load, debug, studio, withParent });
}

/** Where `--process` puts what it places: beside the photos. */
function placedFolder(data: string | undefined): string {
  if (data === undefined) throw new UsageError('--process: say which photos, or which video, with --data');
  return `${path.resolve(isVideo(data) ? data.slice(0, -path.extname(data).length) : data)}-posed`;
}

/** `--process`. @returns false when a signal ended it */
async function place(data: string, folder: string): Promise<boolean> {
  const { processForTraining } = await import('./processCommand.ts');
  return processForTraining(data, folder);
}

/** `--keys`: every setting on a line. @returns the exit code */
function printKeys(): number {
  for (const { key, kind, expects, default: value, description } of listConfigKeys()) {
    const shownDefault =
      value === undefined || typeof value === 'object' ? '' : ` = ${JSON.stringify(value)}`;
    const shownKind = kind === undefined ? '' : ` [${kind}]`;
    process.stdout.write(`${key}${shownDefault}${shownKind}: ${expects}. ${description}\n`);
  }
  return 0;
}
