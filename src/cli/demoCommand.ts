/** `nerfstream demo`: renders a small scene once, and trains a method on it. */
import path from 'node:path';
import { loadConfig } from '../config/loadConfig.ts';
import type { Config } from '../config/schema.ts';
import { writeDemoScene } from '../data/demo/writeDemoScene.ts';
import { handleInterrupts, interruptedExitCode } from './interrupts.ts';
import { newRunFolder } from './runNames.ts';
import { shownPath } from './shownPath.ts';
import { splitArguments } from './splitArguments.ts';
import { type StudioOptions, studioFlagsOf } from './studioFlags.ts';

/** A method that sets no limit of its own trains for so long: a demo ends by itself. */
const maxSeconds = 600;

export interface DemoOptions extends StudioOptions {
  readonly out: string;
  readonly name?: string;
  readonly debug?: boolean;
}

/** @returns the exit code */
export async function demoCommand(args: readonly string[], options: DemoOptions): Promise<number> {
  const { positional: method = 'demo', assignments } = splitArguments(args);
  const studio = studioFlagsOf(options);
  const scene = path.resolve(options.out, 'demo-scene');
  const config = await demoConfig(method, scene, assignments);
  const runDir = newRunFolder(config, options);
  const isOwnScene = config.data.path === scene;
  if (isOwnScene && !(await renderScene(scene))) return interruptedExitCode;
  const { runTraining } = await import('./runTraining.ts');
  return runTraining({ config, runDir, resume: false, debug: options.debug ?? false, studio });
}

/** What `nerfstream train METHOD --data SCENE` would run, with a limit. */
async function demoConfig(method: string, scene: string, assignments: readonly string[]): Promise<Config> {
  const overrides = method === 'demo' ? { data: scene, method } : { data: scene };
  const config = await loadConfig(method, overrides, assignments);
  if (config.trainer.maxSeconds !== undefined) return config;
  return loadConfig(method, { ...overrides, trainer: { maxSeconds } }, assignments);
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
