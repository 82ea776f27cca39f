/** Photos of a run's data set, small: what stands at the frusta and beside a rendering. */
import sharp from 'sharp';
import { silentLog } from '../../machines/trainerOptions.ts';
import type { Config } from '../config/schema.ts';
import type { Scene } from '../data/scene.ts';
import { readScene } from '../pipeline/loadScene.ts';

export interface PhotoFiles {
  /** JPEG, at most `size` pixels on its longer side; undefined for a photo that there is not. */
  read(split: 'train' | 'eval', index: number, size: number): Promise<Buffer | undefined>;
}

const smallest = 64;
const largest = 2048;
const jpegQuality = 80;

/** Frames come from the data set, read when the first photo is asked for; a client names none but by split and number. */
export function createPhotoFiles(config: Pick<Config, 'data'>): PhotoFiles {
  let scene: Promise<Scene> | undefined;
  return {
    async read(split, index, size) {
      scene ??= readScene(config.data, silentLog);
      const frame = (await scene)[split][index];
      if (!frame) return undefined;
      const side = Math.max(smallest, Math.min(largest, size));
      return sharp(frame.stored?.file ?? frame.image)
        .resize(side, side, { fit: 'inside', withoutEnlargement: true })
        .flatten({ background: config.data.background })
        .jpeg({ quality: jpegQuality })
        .toBuffer();
    },
  };
}
