/** What a model is to the rest: settings, and how its pipeline is made. */
import type { z } from 'zod';
import type { Kind } from '../kinds.ts';
import type { NerfSetting } from '../pipeline/createNerfPipeline.ts';
import type { ModelView, ViewSetting } from '../pipeline/modelView.ts';
import type { Pipeline } from '../pipeline/pipeline.ts';
import type { Engine } from '../tensors/engine.ts';
import type { ModelScene, RadianceModel } from './radianceModel.ts';

/** What a pipeline is made from, beside the model's settings. */
export type PipelineSetting = NerfSetting;

/** What can be trained: a pipeline with settings. Its parameter groups, optimizers and schedules stand in its preset. */
export interface ModelKind<Name extends string = string, Schema extends z.ZodObject = z.ZodObject>
  extends Kind<Name, Schema> {
  /** The trainer disposes what it returns. @throws any of nerfstream's errors; EngineError where the engine lacks what it needs */
  createPipeline(settings: z.output<Schema>, setting: PipelineSetting): Pipeline | Promise<Pipeline>;
  /**
   * For looking at what was trained, without the photos. Without it the pipeline is made, photos and all. The caller disposes what it
   * returns, before the engine. @throws as {@link createPipeline} does
   */
  createView?(settings: z.output<Schema>, setting: ViewSetting): ModelView | Promise<ModelView>;
  /** Whether training can begin with a file of another program (`PipelineSetting.startFile`). Without it such a file is refused. */
  readonly readsStartFiles?: true;
}

/** A model of radiance: rays in, colours out. Reading the photos, rays and evaluation are the NeRF pipeline's. */
export interface RadianceModelKind<Name extends string, Schema extends z.ZodObject>
  extends Kind<Name, Schema> {
  /** The pipeline disposes what it returns, before the engine. @throws EngineError where the engine lacks what the model needs */
  create(
    settings: z.output<Schema>,
    scene: ModelScene,
    engine: Engine,
  ): RadianceModel | Promise<RadianceModel>;
}

/**
 * A model that renders rays through a scene of photos.
 *
 * @example export const model = defineModel({ kind: 'fog', schema: z.strictObject({ width: z.number().default(32) }), create });
 */
export function defineModel<const Name extends string, Schema extends z.ZodObject>(
  model: RadianceModelKind<Name, Schema>,
): ModelKind<Name, Schema> {
  const { kind, schema } = model;
  return {
    kind,
    schema,
    async createPipeline(settings, setting) {
      const { createNerfPipeline } = await import('../pipeline/createNerfPipeline.ts');
      return createNerfPipeline(setting, (scene) => model.create(settings, scene, setting.engine));
    },
    async createView(settings, setting) {
      const { createNerfView } = await import('../pipeline/createNerfPipeline.ts');
      return createNerfView(setting, (scene) => model.create(settings, scene, setting.engine));
    },
  };
}

/** A model that is no field of rays, as the pipeline that trains it. A config names it as it names any model. */
export function definePipeline<const Name extends string, Schema extends z.ZodObject>(
  pipeline: ModelKind<Name, Schema>,
): ModelKind<Name, Schema> {
  return pipeline;
}
