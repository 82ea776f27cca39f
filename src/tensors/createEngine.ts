/** Starts what computes, as the configuration asks. */
import os from 'node:os';
import type { Config } from '../config/schema.ts';
import { chosenKind } from '../loadKind.ts';
import { createSimdEngine } from './createSimdEngine.ts';
import type { Engine } from './engine.ts';
import { type EngineKind, engineKinds } from './engineKinds.ts';
import { createGpuEngine } from './native/createTensorflowEngine.ts';

/** The keys of a configuration that matter here. `threads`: default as many as there are cores. */
export type EngineSettings = Pick<Config, 'engine'> & { readonly threads?: number | undefined };

/**
 * @returns the engine, active: tensor operations run on it until another one is activated
 * @throws EngineError when it cannot be started; `auto` takes TensorFlow with a GPU, else simd, and says why. ConfigError for a module that
 * cannot be used
 */
export async function createEngine(settings: EngineSettings): Promise<Engine> {
  const threads = settings.threads ?? os.availableParallelism();
  if (settings.engine === 'auto') {
    const gpu = await createGpuEngine(threads);
    return 'reason' in gpu ? createSimdEngine(threads, `no GPU for TensorFlow: ${gpu.reason}`) : gpu;
  }
  const section = typeof settings.engine === 'string' ? { kind: settings.engine } : settings.engine;
  const { kind, settings: own } = await chosenKind<EngineKind>(section, engineKinds);
  return kind.create(own, threads);
}
