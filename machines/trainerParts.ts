/** What a run is made of: engine, pipeline, and one optimizer and schedule per parameter group. */
import type { Config } from '../src/config/schema.ts';
import { ConfigError } from '../src/errors.ts';
import type { Log } from '../src/log.ts';
import { isStartFile } from '../src/models/startFile.ts';
import { createOptimizers } from '../src/optimizers/createOptimizers.ts';
import {
  createGradientAccumulator,
  type GradientAccumulator,
} from '../src/optimizers/gradientAccumulator.ts';
import type { Optimizers } from '../src/optimizers/optimizers.ts';
import type { Pipeline, PipelineStart } from '../src/pipeline/pipeline.ts';
import { createSchedulers } from '../src/schedulers/createSchedulers.ts';
import type { Schedulers } from '../src/schedulers/schedulers.ts';
import type { Engine } from '../src/tensors/engine.ts';
import type { PipelineFactory, TrainerOptions } from './trainerOptions.ts';
import { createWatchdogs, type Watchdogs } from './watchdogs.ts';

export interface TrainerParts {
  readonly engine: Engine;
  readonly pipeline: Pipeline;
  readonly optimizers: Optimizers;
  readonly schedulers: Schedulers;
  readonly accumulator: GradientAccumulator;
  readonly watchdogs: Watchdogs;
  /** Frees what was made here; what the caller brought stays. */
  dispose(): void;
}

/** Makes the parts. What was made is freed again when a later part fails. @throws any of nerfstream's errors; the signal's reason */
export async function createTrainerParts(
  config: Config,
  options: Pick<TrainerOptions, 'engine' | 'pipeline' | 'load'>,
  log: Log,
  start: Omit<PipelineStart, 'startFile'> = {},
): Promise<TrainerParts> {
  const disposals: (() => void)[] = [];
  const own = <T extends { dispose(): void }>(part: T): T => {
    disposals.unshift(() => part.dispose());
    return part;
  };
  const dispose = (): void => {
    for (const free of disposals.splice(0)) free();
  };
  try {
    const engine = options.engine ?? own(await defaultEngine(config));
    log.info({ engine: engine.name, threads: engine.threads }, engine.description);
    const given = options.pipeline ?? (await defaultPipeline());
    engine.activate();
    const startFile = options.load !== undefined && isStartFile(options.load) ? options.load : undefined;
    if (startFile !== undefined && typeof given !== 'function')
      throw new ConfigError(
        `${startFile}: a pipeline that is made already cannot begin with a .ply file; give a function that makes it`,
      );
    const pipeline =
      typeof given === 'function' ? own(await given(config, engine, log, { ...start, startFile })) : given;
    engine.activate();
    const optimizers = own(createOptimizers(pipeline.groups, config.groups, engine));
    const schedulers = createSchedulers(config.groups);
    const accumulator = own(createGradientAccumulator(pipeline.groups, config.groups, engine));
    const watchdogs = createWatchdogs(config.trainer);
    return { engine, pipeline, optimizers, schedulers, accumulator, watchdogs, dispose };
  } catch (error) {
    dispose();
    throw error;
  }
}

/** Loaded late: a trainer with an engine and a pipeline of the caller's own needs neither. */
async function defaultEngine(config: Config): Promise<Engine> {
  const { createEngine } = await import('../src/tensors/createEngine.ts');
  return createEngine(config);
}

async function defaultPipeline(): Promise<PipelineFactory> {
  const { createPipeline } = await import('../src/pipeline/createPipeline.ts');
  return createPipeline;
}
