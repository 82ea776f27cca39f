/** What every pipeline over photos begins with: the data set's frames, its decoded photos and their fingerprint. */
import { type DataFingerprint, fingerprintOf } from '../data/dataFingerprint.ts';
import { namesSeenFrom, parseScene } from '../data/dataparsers/parseScene.ts';
import type { DataConfig } from '../data/dataSchema.ts';
import type { Image } from '../data/image.ts';
import { loadImages } from '../data/images.ts';
import type { Frame, Scene } from '../data/scene.ts';
import type { Log } from '../log.ts';
import type { CameraView, Pipeline } from './pipeline.ts';

export interface LoadedScene {
  readonly scene: Scene;
  readonly trainImages: readonly Image[];
  readonly evalImages: readonly Image[];
  readonly fingerprint: DataFingerprint;
  readonly views: NonNullable<Pipeline['views']>;
}

/** @throws DataError */
export async function loadScene(data: DataConfig, log: Log): Promise<LoadedScene> {
  const scene = await parseScene(data, { warn: (message) => log.warn({}, message) });
  const trainImages = await loadImages(scene.train);
  const evalImages = await loadImages(scene.eval);
  const images = [...trainImages, ...evalImages];
  const fingerprint = await fingerprintOf(scene, namesSeenFrom(data.path), images);
  const masked = images.filter(({ mask }) => mask !== undefined).length;
  log.info(
    { train: scene.train.length, eval: scene.eval.length, bounded: scene.bounded },
    `${scene.train.length} training and ${scene.eval.length} held-out images${masked === 0 ? '' : `, ${masked} of them with a mask`}`,
  );
  const views = { train: scene.train.map(viewOf), eval: scene.eval.map(viewOf) };
  return { scene, trainImages, evalImages, fingerprint, views };
}

function viewOf({ name, camera }: Frame): CameraView {
  return { name, ...camera };
}
