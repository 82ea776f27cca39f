/** `nerfstream resume`: goes on with a run. */
import { existsSync } from 'node:fs';
import path from 'node:path';
import { diffForResume } from '../config/diffForResume.ts';
import { loadConfig } from '../config/loadConfig.ts';
import { RunFolderError } from '../errors.ts';
import { runPaths } from '../runFolder/runPaths.ts';
import { UsageError } from './cliErrors.ts';
import { restoreLostConfig } from './restoreLostConfig.ts';
import { shownPath } from './shownPath.ts';
import { splitArguments } from './splitArguments.ts';
import { type StudioOptions, studioFlagsOf } from './studioFlags.ts';

/** @returns the exit code */
export async function resumeCommand(
  runDir: string,
  args: readonly string[],
  options: StudioOptions & {
    readonly data?: string;
    readonly debug?: boolean;
    readonly withParent?: boolean;
  },
): Promise<number> {
  const { positional, assignments } = splitArguments(args);
  if (positional !== undefined)
    throw new UsageError(
      `unexpected argument "${positional}"; settings have the form key=value, for example threads=4`,
    );
  const studio = studioFlagsOf(options);
  await restoreLostConfig(runDir);
  const file = configFileOfRun(runDir);
  const saved = await loadConfig(file);
  const config = await loadConfig(
    file,
    options.data === undefined ? {} : { data: options.data },
    assignments,
  );
  diffForResume(saved, config);
  const { runTraining } = await import('./runTraining.ts');
  const debug = options.debug ?? false;
  const { withParent } = options;
  return runTraining({ config, runDir: path.resolve(runDir), resume: true, debug, studio, withParent });
}

/** The resolved configuration of the run in `runDir`. @throws RunFolderError when there is no run. */
export function configFileOfRun(runDir: string): string {
  const shown = shownPath(runDir);
  if (!existsSync(runDir)) throw new RunFolderError(`${shown}: there is no such run folder`, runDir);
  const file = runPaths(runDir).config;
  if (!existsSync(file))
    throw new RunFolderError(`${shown} is not a run folder: it has no config.yaml`, runDir);
  return file;
}
