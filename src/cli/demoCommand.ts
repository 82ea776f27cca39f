/** `nerfstream demo`: renders a small scene once, and trains on it. */
import path from 'node:path';
import { loadConfig } from '../config/loadConfig.ts';
import { writeDemoScene } from '../data/demo/writeDemoScene.ts';
import { handleInterrupts, interruptedExitCode } from './interrupts.ts';
import { newRunFolder } from './runNames.ts';
import { shownPath } from './shownPath.ts';
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
    throw new UsageError(`unexpected argument "${positional}"; nerfstream train takes a method or a file`);
  const scene = path.resolve(options.out, 'demo-scene');
  const config = await loadConfig('demo', { data: scene, method: 'demo' }, assignments);
  const runDir = newRunFolder(config, options);
  const isOwnScene = config.data.path === scene;
  if (isOwnScene && !(await renderScene(scene))) return interruptedExitCode;
  const { runTraining } = await import('./runTraining.ts');
  return runTraining({ config, runDir, resume: false, debug: options.debug ?? false });
}

/** Renders the scene unless it is there. @returns false when a signal ended it; nothing is left behind then. */
async function renderScene(folder: string): Promise<boolean> {
  let interrupted = false;
  let announced = false;
  const stopListening = handleInterrupts(
    () => {
      interrupted = true;
    },
    () => {},
  );
  const onProgress = (_done: number, total: number) => {
    if (!announced)
      process.stdout.write(`rendering ${total} pictures of the demo scene into ${shownPath(folder)}\n`);
    announced = true;
    if (interrupted) throw new Error('interrupted');
  };
  try {
    await writeDemoScene(folder, { onProgress });
    return !interrupted;
  } catch (error) {
    if (interrupted) return false;
    throw error;
  } finally {
    stopListening();
  }
}
