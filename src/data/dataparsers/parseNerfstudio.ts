/** Captures described by one `transforms.json`, as nerfstudio and instant-ngp write it. */
import { DataError } from '../../errors.ts';
import type { Scene } from '../scene.ts';
import { captureScene, type Photo, plainPath } from './captureScene.ts';
import type { ParseContext } from './dataparser.ts';
import { readTransforms, type Transforms } from './readTransforms.ts';
import type { SplitLists } from './splitFrames.ts';
import { transformsPhotos } from './transformsPhotos.ts';
import { transformsPoints } from './transformsPoints.ts';

/**
 * Held out is what `test_filenames` (or `val_filenames`) lists beside `train_filenames`, else what the configuration says.
 * @throws DataError, one line
 */
export async function parseNerfstudio(file: string, context: ParseContext): Promise<Scene> {
  const transforms = await readTransforms(file);
  const photos = await transformsPhotos(transforms, context.log, { readsDepths: true });
  const lists = splitLists(transforms, photos);
  return captureScene(
    {
      source: file,
      photos,
      points: await transformsPoints(transforms, photos, context.log),
      lists,
      orientation: transforms.fields.orientation_override,
      heldOutNeeds: lists
        ? 'no image that test_filenames or val_filenames lists exists'
        : 'it takes 10 images, or test_filenames in the file',
    },
    context,
  );
}

/** The file's own split, if it has one, as names of photos that exist; held out is what the first list holds that is not empty. */
function splitLists(
  { file, fields, frames: listed }: Transforms,
  photos: readonly Photo[],
): SplitLists | undefined {
  const { train_filenames: trainNames, test_filenames: testNames, val_filenames: valNames } = fields;
  if (trainNames === undefined && testNames === undefined && valNames === undefined) return undefined;
  if (trainNames === undefined)
    throw new DataError(`${file}: lists images to hold out but no train_filenames. Add the list.`, file);
  const known = new Set(listed.map((frame) => plainPath(frame.file_path)));
  const select = (names: readonly string[], list: string) => {
    const unknown = names.find((name) => !known.has(plainPath(name)));
    if (unknown !== undefined)
      throw new DataError(
        `${file}: ${list} names ${JSON.stringify(unknown)}, which is no frame. Correct the name.`,
        file,
      );
    const paths = new Set(names.map(plainPath));
    return photos.map(({ name }) => name).filter((name) => paths.has(plainPath(name)));
  };
  const train = select(trainNames, 'train_filenames');
  const test = select(testNames ?? [], 'test_filenames');
  const held = test.length > 0 ? test : select(valNames ?? [], 'val_filenames');
  if (train.length === 0)
    throw new DataError(
      `${file}: none of the images in train_filenames exists. Put them there or correct the list.`,
      file,
    );
  const shared = held.find((name) => train.includes(name));
  if (shared !== undefined)
    throw new DataError(
      `${file}: ${JSON.stringify(shared)} is listed both for training and for evaluation. Remove it from one list.`,
      file,
    );
  return { train, eval: held };
}
