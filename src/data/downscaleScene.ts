/** Makes the photos of a scene smaller: by smaller copies that lie beside them, else while they are decoded. */
import { sep } from 'node:path';
import type { Log } from '../log.ts';
import { resizeCamera } from './cameras/resizeCamera.ts';
import { isFile } from './dataparsers/findImages.ts';
import { downscaledSize, downscaleFactor } from './downscale.ts';
import { readImageHeader } from './images.ts';
import { mapConcurrently } from './mapConcurrently.ts';
import type { Frame, Scene, StoredImage } from './scene.ts';
import { describeSizes } from './size.ts';

/** Beside a folder `images` may lie copies with sides so many times smaller: `images_2` and so on. */
const copyFactors = [2, 4, 8];
/** Whoever makes copies rounds to whole pixels in a way of its own. */
const copyTolerance = 1;
/** Files looked at at a time. */
const concurrency = 8;

/**
 * The scene with cameras of the size that `downscale` asks for. Where every photo that is too large has a copy in `images_2`,
 * `images_4` or `images_8` - the first of them that is small enough, and of that size within a pixel - the copies are read, and the
 * cameras take their size. One line says what is done.
 * @param downscale of `downscaleSchema`
 * @throws DataError for a copy that is no image
 */
export async function downscaleScene(
  scene: Scene,
  downscale: number,
  { info }: Pick<Log, 'info'>,
): Promise<Scene> {
  const tooLarge = [...scene.train, ...scene.eval].filter(
    ({ camera }) => downscaleFactor(camera, downscale) > 1,
  );
  if (tooLarge.length === 0) return scene;
  const copies = await mapConcurrently(tooLarge, concurrency, (frame) => copyOf(frame, downscale));
  const useCopies = copies.every((copy) => copy !== undefined);
  const smaller = new Map(
    tooLarge.map((frame, index) => {
      const { camera, image } = frame;
      const original = { file: image, width: camera.width, height: camera.height };
      const copy = useCopies ? copies[index] : undefined;
      const { width, height } = copy ?? downscaledSize(camera, downscaleFactor(camera, downscale));
      return [frame, { ...frame, camera: resizeCamera(camera, width, height), stored: copy ?? original }];
    }),
  );
  const now = [...smaller.values()];
  const how = useCopies
    ? `read from ${copies[0]!.file.split(sep).findLast((part) => /^images_\d$/.test(part))}: ${sizesOf(now)}`
    : `made smaller while they are decoded: ${sizesOf(now)}`;
  info(
    { tell: true, photos: tooLarge.length },
    `photos of ${sizesOf(tooLarge)} pixels are ${how}, held-out ones too (data.downscale=1 takes them as they are)`,
  );
  const replaced = (frame: Frame) => smaller.get(frame) ?? frame;
  return { ...scene, train: scene.train.map(replaced), eval: scene.eval.map(replaced) };
}

/** The smaller copy of a photo that was made for the size that is asked for, if there is one. */
async function copyOf({ image, camera }: Frame, downscale: number): Promise<StoredImage | undefined> {
  const wanted = downscaleFactor(camera, downscale);
  const factor = copyFactors.find((candidate) => candidate >= wanted);
  const parts = image.split(sep);
  const folder = parts.lastIndexOf('images', -2);
  if (factor === undefined || folder < 0 || (downscale === wanted && factor !== wanted)) return undefined;
  const file = parts.with(folder, `images_${factor}`).join(sep);
  if (!(await isFile(file))) return undefined;
  const { width, height } = await readImageHeader(file);
  const isOff = (side: number, full: number) => Math.abs(side - full / factor) > copyTolerance;
  return isOff(width, camera.width) || isOff(height, camera.height) ? undefined : { file, width, height };
}

function sizesOf(frames: readonly Frame[]): string {
  return describeSizes(frames.map(({ camera }) => camera));
}
