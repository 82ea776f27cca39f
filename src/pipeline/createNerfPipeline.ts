/** Radiance fields on photos: the pipeline that trains one (a data set's pixels as rays, and a model), and what shows one. */

import { backgroundColors, type Color } from '../data/compositeOver.ts';
import type { DataConfig } from '../data/dataSchema.ts';
import { createPixelSamples, pixelPool, samplePixels } from '../data/pixelSampler.ts';
import { createRayGenerator, type KnownDirections } from '../data/rayBatch.ts';
import type { Scene } from '../data/scene.ts';
import type { Log } from '../log.ts';
import type { ModelScene, RadianceModel } from '../models/radianceModel.ts';
import { untimed } from '../profile/phaseClock.ts';
import type { Engine } from '../tensors/engine.ts';
import { createImageEvaluator } from './createImageEvaluator.ts';
import { disposedOnError, loadScene } from './loadScene.ts';
import type { ModelView, ViewSetting } from './modelView.ts';
import type { Pipeline, PipelineStart } from './pipeline.ts';
import { radianceOutputs, renderImage } from './renderImage.ts';

/** What the pipeline is made from, beside its model. */
export interface NerfSetting extends PipelineStart {
  readonly data: DataConfig;
  /** Of all randomness of the run. */
  readonly seed: number;
  readonly engine: Engine;
  readonly log: Log;
}

/** Reads the data set, decodes its photos and sets the model up. @throws DataError, and what `createModel` throws */
export async function createNerfPipeline(
  { data, seed, engine, log, signal, findings }: NerfSetting,
  createModel: (scene: ModelScene) => RadianceModel | Promise<RadianceModel>,
): Promise<Pipeline> {
  const loaded = await loadScene(data, log, { signal, findings });
  const { scene, trainPhotos, evalPhotos, fingerprint, views } = loaded;
  engine.activate();
  const model = await disposedOnError(loaded, () => createModel(modelSceneOf(scene, data, seed)));
  const trainRays = createRayGenerator(scene.train.map((frame) => frame.camera));
  const pool = pixelPool(trainPhotos.sizes);
  const samples = createPixelSamples(model.rays.capacity);
  const evaluator = createImageEvaluator(scene.eval, evalPhotos, model, data.background, seed);
  const warnOfDropped = dropWarning(log);
  const known: KnownDirections = { tables: [] };

  return {
    groups: model.groups,
    data: fingerprint,
    views,
    outputs: radianceOutputs(model),
    space: scene,
    trainStep(step, time = untimed) {
      const count = model.rayCount(step);
      time('data', () => {
        samplePixels(seed, step, count, pool, samples);
        trainRays.gatherRays(samples, trainPhotos, count, model.rays);
      });
      const output = model.trainStep(step, count, time);
      warnOfDropped(step, Number(output.metrics?.['dropped_samples'] ?? 0));
      return { ...output, metrics: { ...output.metrics, rays: count } };
    },
    commit: (step) => model.commit(step),
    evalBatch: (step) => evaluator.evalBatch(step),
    evalImage: (index) => evaluator.evalImage(index),
    render: (request) => renderImage(model, request, backgroundOf(scene, data), known),
    state: () => model.state(),
    restore: (state) => model.restore(state),
    dispose() {
      model.dispose();
      loaded.dispose();
    },
  };
}

/** What shows a field that was trained. @throws what `createModel` throws */
export async function createNerfView(
  { data, scene, seed, engine }: Omit<ViewSetting, 'saved'>,
  createModel: (scene: ModelScene) => RadianceModel | Promise<RadianceModel>,
): Promise<ModelView> {
  engine.activate();
  const model = await createModel(modelSceneOf(scene, data, seed));
  const known: KnownDirections = { tables: [] };
  return {
    groups: model.groups,
    outputs: radianceOutputs(model),
    restore: (state) => model.restore(state),
    render: (request) => renderImage(model, request, backgroundOf(scene, data), known),
    dispose: () => model.dispose(),
  };
}

function modelSceneOf(scene: Scene, { background }: DataConfig, seed: number): ModelScene {
  const cameras = scene.train.map((frame) => frame.camera);
  return { bounds: scene, cameras, seed, evalBackground: background };
}

/** What a model renders over. */
function backgroundOf({ hasAlpha }: Scene, { background }: DataConfig): Color {
  return backgroundColors[hasAlpha ? background : 'black'];
}

/** Says once in a session that samples were left out of the gradient; `train/dropped_samples` says how many, step by step. */
function dropWarning(log: Log): (step: number, dropped: number) => void {
  let said = false;
  return (step, dropped) => {
    if (said || !(dropped > 0)) return;
    said = true;
    log.warn(
      { step, dropped },
      `step ${step}: the sample buffers are full, ${dropped} samples were left out of the gradient (see train/dropped_samples); if this goes on, raise model.targetSamples`,
    );
  };
}
