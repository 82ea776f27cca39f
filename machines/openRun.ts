/** Opens what a run has learned, to look at: the model of a checkpoint, without a trainer and without decoding the data set's photos. */
import type { Checkpoint } from '../src/checkpoint/checkpoint.ts';
import { loadCheckpoint } from '../src/checkpoint/checkpointFiles.ts';
import { loadConfig } from '../src/config/loadConfig.ts';
import type { Config } from '../src/config/schema.ts';
import { backgroundColors, type Color } from '../src/data/compositeOver.ts';
import { fingerprintOf } from '../src/data/dataFingerprint.ts';
import { namesSeenFrom } from '../src/data/dataparsers/parseScene.ts';
import type { Image } from '../src/data/image.ts';
import type { Scene } from '../src/data/scene.ts';
import { CheckpointError, ConfigError } from '../src/errors.ts';
import { chosenKind } from '../src/loadKind.ts';
import type { Log } from '../src/log.ts';
import type { ModelKind } from '../src/models/modelKind.ts';
import { modelKinds } from '../src/models/modelKinds.ts';
import { createPipeline } from '../src/pipeline/createPipeline.ts';
import { readScene } from '../src/pipeline/loadScene.ts';
import type { ModelView } from '../src/pipeline/modelView.ts';
import { runPaths } from '../src/runFolder/runPaths.ts';
import { createEngine } from '../src/tensors/createEngine.ts';
import type { Engine } from '../src/tensors/engine.ts';
import type { NamedArrays } from '../src/tensors/namedArrays.ts';
import { eachTurn } from './averagedEvaluation.ts';
import { checkSameData, checkSamePhoto, findingsIn } from './checkpointFacts.ts';
import { restoreParameters, restorePipelineState, withAveragedParameters } from './runTensors.ts';
import { openCheckpointStore } from './startInFolder.ts';
import { silentLog } from './trainerOptions.ts';

export interface OpenRunOptions {
  /** File of the checkpoint. Default: the newest one that is whole. */
  readonly checkpoint?: string;
  /** Where the run's photos are now, if they have moved. */
  readonly data?: string;
  readonly log?: Log;
}

/** A run to look at; nothing in its folder changes, also while it trains. */
export interface OpenRun extends Pick<ModelView, 'render' | 'outputs'> {
  readonly config: Config;
  /** The data set: cameras and box in the model's coordinates, and `worldToModel`. */
  readonly scene: Scene;
  readonly engine: Engine;
  /** The run's own number, which checkpoints of version 1 may lack. */
  readonly runId: string | undefined;
  /** Behind the scene, where a rendering does not ask for another one. */
  readonly background: Color;
  /** Of a photo that was decoded after all. @param index of its frame, training frames first @throws DataError if it is another one */
  checkPhoto(index: number, image: Image): void;
  /** Steps that the checkpoint has. */
  readonly step: number;
  /** The checkpoint's file. */
  readonly file: string;
  dispose(): void;
}

/**
 * The model as evaluations see it: parameters that have an average (`ema`) hold it. The caller disposes the run.
 * @throws CheckpointError without a usable checkpoint, DataError for other data than the run was trained on, ConfigError for a model
 * that cannot be looked at
 */
export async function openRun(runDir: string, options: OpenRunOptions = {}): Promise<OpenRun> {
  const { data, log = silentLog } = options;
  const paths = runPaths(runDir);
  const config = await loadConfig(paths.config, data === undefined ? {} : { data });
  const { checkpoint, file } = await findSaved(runDir, config, options.checkpoint, log);
  const scene = await readScene(config.data, log, findingsIn(checkpoint.facts));
  const fingerprint = await fingerprintOf(scene, namesSeenFrom(config.data.path), []);
  checkSameData({ data: fingerprint }, config, checkpoint, log);
  const engine = await createEngine(config);
  log.info({ engine: engine.name, threads: engine.threads }, engine.description);
  try {
    const tensors = withAveragedParameters(checkpoint.tensors);
    const view = await createView(config, scene, engine, tensors, log);
    const dispose = () => {
      view.dispose();
      engine.dispose();
    };
    try {
      restoreParameters({ engine, pipeline: view }, tensors, file);
      restorePipelineState(view, tensors);
    } catch (error) {
      view.dispose();
      throw error;
    }
    const render: ModelView['render'] = (request) =>
      eachTurn(view.render(request), (turn) => {
        engine.activate();
        return turn();
      });
    const background = backgroundColors[scene.hasAlpha ? config.data.background : 'black'];
    const { step, facts } = checkpoint;
    const runId = typeof facts['runId'] === 'string' ? facts['runId'] : undefined;
    const checkPhoto = (index: number, image: Image) => checkSamePhoto(config, facts, index, image);
    const { outputs } = view;
    const shown = { render, ...(outputs && { outputs }) };
    return { config, scene, engine, runId, background, checkPhoto, step, file, ...shown, dispose };
  } catch (error) {
    engine.dispose();
    throw error;
  }
}

async function findSaved(
  runDir: string,
  config: Config,
  file: string | undefined,
  log: Log,
): Promise<{ readonly checkpoint: Checkpoint; readonly file: string }> {
  if (file !== undefined) return { checkpoint: await loadCheckpoint(file), file };
  const paths = runPaths(runDir);
  const found = await openCheckpointStore(paths, config.checkpoint, log).loadLatest();
  if (!found) throw new CheckpointError(`${runDir}: the run has no checkpoint yet.`, paths.checkpoints);
  for (const skipped of found.skipped) log.warn(skipped, `skipped ${skipped.file}: ${skipped.reason}`);
  return found;
}

/** A pipeline of the user's own may have no view: it is made whole then. */
async function createView(
  config: Config,
  scene: Scene,
  engine: Engine,
  saved: NamedArrays,
  log: Log,
): Promise<ModelView> {
  const { kind, settings } = await chosenKind<ModelKind>(config.model, modelKinds);
  const { data, trainer } = config;
  if (kind.createView) return kind.createView(settings, { data, scene, seed: trainer.seed, engine, saved });
  const { findings } = scene;
  const pipeline = await createPipeline(config, engine, log, { findings });
  if (pipeline.render) return pipeline as ModelView;
  pipeline.dispose();
  throw new ConfigError(
    `the model ${kind.kind} cannot render images: its pipeline has no function "render"`,
    {
      path: 'model',
    },
  );
}
