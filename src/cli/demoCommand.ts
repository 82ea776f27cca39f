/** `nerfstream demo`: renders a small scene once, and trains on it. */
import path from 'node:path';
import { loadConfig } from '../config/loadConfig.ts';
import { demoScene } from './demoScene.ts';
import { newRunFolder } from './runNames.ts';
import { splitArguments } from './splitArguments.ts';
import { UsageError } from './usageError.ts';

export interface DemoOptions {
  readonly out: string;
  readonly name?: string;
  readonly debug?: boolean;
}

/** @returns the exit code */
export async function demoCommand(args: readonly string[], options: DemoOptions): Promise<number> {
  const { positional, assignments } = splitArguments(args);
  if (positional !== undefined)
    throw new UsageError(
      `unexpected argument "${positional}"; nerfstream train ${positional} trains something else`,
    );
  const data = path.resolve(options.out, 'demo-scene');
  const config = await loadConfig('demo', { data, method: 'demo' }, assignments);
  const runDir = newRunFolder(config, options);
  if (config.data.path === data) await demoScene(data);
  const { runTraining } = await import('./runTraining.ts');
  return runTraining({ config, runDir, resume: false, debug: options.debug ?? false });
}
