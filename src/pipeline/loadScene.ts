/** What every pipeline over photos begins with: the data set's frames, its decoded photos and their fingerprint. */
import { type DataFingerprint, fingerprintOf } from '../data/dataFingerprint.ts';
import { namesSeenFrom, parseScene } from '../data/dataparsers/parseScene.ts';
import type { DataConfig } from '../data/dataSchema.ts';
import { downscaleScene } from '../data/downscaleScene.ts';
import { type LoadedPhotos, type LoadPhotosOptions, loadPhotos } from '../data/loadPhotos.ts';
import type { PhotoFindings } from '../data/photoFindings.ts';
import type { Photos } from '../data/photos.ts';
import type { Frame, Scene } from '../data/scene.ts';
import type { Log } from '../log.ts';
import type { CameraView, Pipeline } from './pipeline.ts';

export interface LoadedScene extends Pick<LoadedPhotos, 'memoryBytes' | 'dispose'> {
  readonly scene: Scene;
  readonly trainPhotos: Photos;
  readonly evalPhotos: Photos;
  readonly fingerprint: DataFingerprint;
  readonly views: NonNullable<Pipeline['views']>;
}

export interface LoadSceneOptions extends Pick<LoadPhotosOptions, 'copiedBytesPerPixel' | 'signal'> {
  /** What the photos were found to say in an earlier session of the run. */
  readonly findings?: PhotoFindings | undefined;
}

/** The caller disposes it. @throws DataError; the signal's reason */
export async function loadScene(
  data: DataConfig,
  log: Log,
  { findings, ...options }: LoadSceneOptions = {},
): Promise<LoadedScene> {
  const scene = await readScene(data, log, findings);
  const { memoryMegabytes } = data;
  const photos = await loadPhotos(scene, log, { ...options, memoryMegabytes });
  const fingerprint = await fingerprintOf(scene, namesSeenFrom(data.path), photos.looks);
  const views = { train: scene.train.map(viewOf), eval: scene.eval.map(viewOf) };
  const { train: trainPhotos, eval: evalPhotos, memoryBytes, dispose } = photos;
  return { scene, trainPhotos, evalPhotos, fingerprint, views, memoryBytes, dispose };
}

/**
 * The data set's frames in the size that is trained on.
 * @param findings what the photos were found to say before; without it a few of them are decoded
 * @throws DataError
 */
export async function readScene(data: DataConfig, log: Log, findings?: PhotoFindings): Promise<Scene> {
  const parsed = await parseScene(data, { warn: (message) => log.warn({}, message) }, findings);
  if (parsed.placement !== undefined) log.info({ tell: true }, `placed: ${parsed.placement}`);
  if (parsed.background !== undefined)
    log.info(
      { tell: true },
      `the photos are opaque and ${parsed.background} all around: that is the background`,
    );
  return downscaleScene(parsed, data.downscale, log);
}

/** What `work` returns; what was `loaded` is freed if it throws. */
export async function disposedOnError<Result>(
  loaded: Pick<LoadedScene, 'dispose'>,
  work: () => Result | Promise<Result>,
): Promise<Result> {
  try {
    return await work();
  } catch (error) {
    loaded.dispose();
    throw error;
  }
}

/** What a viewer draws of a frame. */
export function viewOf({ name, camera }: Frame): CameraView {
  return { name, ...camera };
}
