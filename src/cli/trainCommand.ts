/** `nerfstream train`: a new run. */
import path from 'node:path';
import { loadConfig } from '../config/loadConfig.ts';
import { ConfigError } from '../errors.ts';
import { printKeys } from './printKeys.ts';
import { newRunFolder } from './runNames.ts';
import { splitArguments } from './splitArguments.ts';

export interface TrainOptions {
  readonly data?: string;
  readonly load?: string;
  readonly out: string;
  readonly name?: string;
  readonly keys?: boolean;
  readonly debug?: boolean;
}

/** @returns the exit code */
export async function trainCommand(args: readonly string[], options: TrainOptions): Promise<number> {
  if (options.keys) return printKeys();
  const { positional, assignments } = splitArguments(args);
  const config = await loadConfig(
    positional,
    options.data === undefined ? {} : { data: options.data },
    assignments,
  );
  if (config.data.path === '')
    throw new ConfigError('no data: say where the photos are with --data DIR (nerfstream demo needs none)', {
      path: 'data.path',
    });
  const runDir = newRunFolder(config, options);
  const { runTraining } = await import('./runTraining.ts');
  return runTraining({
    config,
    runDir,
    resume: false,
    load: options.load === undefined ? undefined : path.resolve(options.load),
    debug: options.debug ?? false,
  });
}
