/** Makes what a config wants trained: the pipeline of its model. */
import type { Config } from '../config/schema.ts';
import { chosenKind } from '../loadKind.ts';
import type { Log } from '../log.ts';
import type { ModelKind } from '../models/modelKind.ts';
import { modelKinds } from '../models/modelKinds.ts';
import type { Engine } from '../tensors/engine.ts';
import type { Pipeline } from './pipeline.ts';

/** The caller disposes it before the engine. @throws ConfigError for a module that cannot be used, DataError, EngineError */
export async function createPipeline(
  config: Config,
  engine: Engine,
  log: Log,
  signal?: AbortSignal,
): Promise<Pipeline> {
  const { data, model, trainer } = config;
  const { kind, settings } = await chosenKind<ModelKind>(model, modelKinds);
  return kind.createPipeline(settings, { data, seed: trainer.seed, engine, log, signal });
}
