/** Makes what a config wants trained: the pipeline of its model. */
import type { Config } from '../config/schema.ts';
import { ConfigError } from '../errors.ts';
import { chosenKind } from '../loadKind.ts';
import type { Log } from '../log.ts';
import type { ModelKind } from '../models/modelKind.ts';
import { modelKinds } from '../models/modelKinds.ts';
import type { Engine } from '../tensors/engine.ts';
import type { Pipeline, PipelineStart } from './pipeline.ts';

/**
 * The caller disposes it before the engine.
 * @throws ConfigError for a module that cannot be used, or a model that reads no such file, DataError, EngineError
 */
export async function createPipeline(
  config: Config,
  engine: Engine,
  log: Log,
  start: PipelineStart = {},
): Promise<Pipeline> {
  const { data, model, trainer } = config;
  const { kind, settings } = await chosenKind<ModelKind>(model, modelKinds);
  const { startFile } = start;
  if (startFile !== undefined && !kind.readsStartFiles)
    throw new ConfigError(
      `${startFile}: a .ply file holds splats, and the model ${kind.kind} has none; train splat with it, or give weights of this model (.ckpt, .safetensors)`,
      { path: 'model.kind' },
    );
  return kind.createPipeline(settings, { data, seed: trainer.seed, engine, log, ...start });
}
