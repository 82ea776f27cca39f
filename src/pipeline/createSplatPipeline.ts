/** Gaussian splats: the pipeline that trains them on photos, and what shows them. */
import os from 'node:os';
import process from 'node:process';
import { backgroundColors } from '../data/compositeOver.ts';
import type { PipelineSetting } from '../models/modelKind.ts';
import { createSplatModel } from '../models/splat/createSplatModel.ts';
import { createSplatRenderer } from '../models/splat/createSplatRenderer.ts';
import { cutFrames } from '../models/splat/facePhotos.ts';
import { pyramidBytesPerPixel } from '../models/splat/photoPyramid.ts';
import { readStartSplats } from '../models/splat/readStartSplats.ts';
import { renderSplatImage, splatOutputs } from '../models/splat/renderSplatImage.ts';
import { splatGroups } from '../models/splat/splatGroups.ts';
import { checkSplatMemory } from '../models/splat/splatMemory.ts';
import type { SplatValues } from '../models/splat/splatParameters.ts';
import type { SplatConfig } from '../models/splat/splatSchema.ts';
import { untimed } from '../profile/phaseClock.ts';
import { needed } from '../tensors/engine.ts';
import { kernelsInPlace } from '../tensors/kernelEngine.ts';
import { createImageComparison } from './createImageComparison.ts';
import { disposedOnError, loadScene } from './loadScene.ts';
import type { ModelView, ViewSetting } from './modelView.ts';
import type { Pipeline } from './pipeline.ts';

/** Reads the data set, decodes its photos and finds the splats to begin with. @throws DataError, ConfigError, EngineError */
export async function createSplatPipeline(
  config: SplatConfig,
  { data, seed, engine, log, signal, startFile, findings, isResumed = false }: PipelineSetting,
): Promise<Pipeline> {
  const kernels = needed(engine, kernelsInPlace, 'model splat');
  checkSplatMemory(config, Math.min(os.totalmem(), process.constrainedMemory?.() || Infinity));
  const copiedBytesPerPixel = pyramidBytesPerPixel;
  const loaded = await loadScene(data, log, { copiedBytesPerPixel, signal, findings });
  const { scene, fingerprint, trainPhotos: photos, evalPhotos, views, memoryBytes: photoBytes } = loaded;
  const cuts = cutFrames(scene.train);
  if (cuts.count > 0)
    log.info(
      {},
      `${cuts.count} photos have lenses that splats are not projected through: they train as ${cuts.frames.length - scene.train.length + cuts.count} perspective views that are cut out of them`,
    );
  const model = await disposedOnError(loaded, async () => {
    const start =
      startFile === undefined ? isResumed && noSplats : await readStartSplats(startFile, scene, config, log);
    engine.activate();
    const seen = { scene: { ...scene, train: cuts.frames }, photos: cuts.cut(photos) };
    const options = { config, kernels, ...seen, photoBytes, seed, log, path: data.path };
    return createSplatModel({ ...options, ...(start && { start }) });
  });
  const compare = createImageComparison(scene.eval, evalPhotos, data.background);
  const background = backgroundColors[scene.hasAlpha ? data.background : 'black'];

  const renderHeldOut = (index: number) => model.renderColors(scene.eval[index]!.camera, background);

  return {
    groups: model.groups,
    data: fingerprint,
    views,
    outputs: splatOutputs,
    space: scene,
    trainStep: (step, time = untimed, position = step) => model.trainStep(step, time, position),
    commit: (step, rowsMoved = () => {}, learningRateOf = () => undefined, position = step) =>
      model.commit(step, rowsMoved, learningRateOf, position),
    evalBatch(step) {
      if (scene.eval.length === 0) return {};
      const index = step % scene.eval.length;
      return { psnr: compare.psnr(index, renderHeldOut(index)) };
    },
    evalImage(index) {
      if (index >= scene.eval.length) return undefined;
      const started = performance.now();
      const render = renderHeldOut(index);
      return compare.evaluation(index, render, (performance.now() - started) / 1000);
    },
    render: (request) => renderSplatImage(model, request, background),
    summary: () => ({ splats: model.parameters.count }),
    state: () => model.state(),
    restore: (state) => model.restore(state),
    dispose() {
      model.dispose();
      loaded.dispose();
    },
  };
}

const noSplats = Object.fromEntries(
  splatGroups.map((group) => [group, new Float32Array()]),
) as unknown as SplatValues;

/** What shows splats that were trained. @throws EngineError */
export function createSplatView(
  config: SplatConfig,
  { data, scene, engine, saved }: Omit<ViewSetting, 'seed'>,
): ModelView {
  const kernels = needed(engine, kernelsInPlace, 'model splat');
  engine.activate();
  const count = saved['parameters/opacities/opacities']?.shape[0] ?? 0;
  const renderer = createSplatRenderer(kernels, config, { train: cutFrames(scene.train).frames }, count);
  const background = backgroundColors[scene.hasAlpha ? data.background : 'black'];
  return {
    groups: renderer.groups,
    outputs: splatOutputs,
    render: (request) => renderSplatImage(renderer, request, background),
    dispose: () => renderer.dispose(),
  };
}
