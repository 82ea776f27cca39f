/** Captures described by one `transforms.json`, as nerfstudio and instant-ngp write it. */
import { normalize, posix } from 'node:path';
import { DataError } from '../../errors.ts';
import { placePoses } from '../poses/placePoses.ts';
import type { Frame, Scene } from '../scene.ts';
import type { DataLog, ParseContext } from './dataparser.ts';
import { type FoundFrame, findImages } from './findImages.ts';
import { intrinsicsOf } from './intrinsicsOf.ts';
import { readTransforms, type Transforms } from './readTransforms.ts';
import { splitFrames } from './splitFrames.ts';

/**
 * Frames in order of their file names; poses oriented, centred and scaled over all of them, so that the cameras lie in
 * [-1, 1]³. Held out is what `test_filenames` (or `val_filenames`) lists beside `train_filenames`, else nerfstudio's
 * split. Throws `DataError`, one line.
 */
export async function parseNerfstudio(file: string, { placement, log }: ParseContext): Promise<Scene> {
  const transforms = await readTransforms(file, log);
  const found = await findImages(transforms, log);
  const sorted = withoutRepeats(found, file, log).sort((a, b) => comparePaths(a.image, b.image));

  const { poses, worldToModel } = placePoses(
    sorted.map(({ fields }) => fields.transform_matrix.slice(0, 3).flat()),
    { ...placement, orientation: transforms.fields.orientation_override ?? placement.orientation },
  );
  const frames = sorted.map((frame, index): Frame => {
    const intrinsics = intrinsicsOf(frame, transforms.fields, file);
    const camera = { ...intrinsics, cameraToWorld: poses[index]! };
    return { name: frame.fields.file_path, image: frame.image, camera };
  });
  const listed = splitByLists(transforms, frames);
  const split = listed ?? splitFrames(frames.length);
  if (split.eval.length === 0) {
    const why = listed
      ? 'no image that test_filenames or val_filenames lists exists'
      : 'it takes 10 images, or test_filenames in the file';
    log.warn(`${file}: no image is held out for evaluation: ${why}.`);
  }
  return {
    train: split.train.map((index) => frames[index]!),
    eval: split.eval.map((index) => frames[index]!),
    bounded: false,
    aabb: [-1, -1, -1, 1, 1, 1],
    hasAlpha: sorted.some(({ header }) => header.hasAlpha),
    worldToModel,
  };
}

/** An image that is listed twice could train and be held out at once. */
function withoutRepeats(found: readonly FoundFrame[], file: string, log: DataLog): FoundFrame[] {
  const seen = new Set<string>();
  const unique = found.filter(({ image }) => {
    const path = normalize(image);
    const isNew = !seen.has(path);
    seen.add(path);
    return isNew;
  });
  const repeats = found.length - unique.length;
  if (repeats > 0)
    log.warn(`${file}: ${repeats} of its frames repeat the image of an earlier one; they are left out.`);
  return unique;
}

/** The file's own split as indices into `frames`, if it has one; held out is what the first list holds that is not empty. */
function splitByLists({ file, fields, frames: listed }: Transforms, frames: readonly Frame[]) {
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
    return frames.flatMap((frame, index) => (paths.has(plainPath(frame.name)) ? [index] : []));
  };
  const train = select(trainNames, 'train_filenames');
  const test = select(testNames ?? [], 'test_filenames');
  const held = test.length > 0 ? test : select(valNames ?? [], 'val_filenames');
  if (train.length === 0)
    throw new DataError(
      `${file}: none of the images in train_filenames exists. Put them there or correct the list.`,
      file,
    );
  const shared = held.find((index) => train.includes(index));
  if (shared !== undefined)
    throw new DataError(
      `${file}: ${JSON.stringify(frames[shared]!.name)} is listed both for training and for evaluation. Remove it from one list.`,
      file,
    );
  return { train, eval: held };
}

/** A path as one may compare it, however it is written and on every system: `./a\\b/../c` is `a/c`. */
function plainPath(path: string): string {
  return posix.normalize(path.replaceAll('\\', '/'));
}

/** Folder by folder, as Python's pathlib orders paths, with either separator: negative if `a` comes first. */
export function comparePaths(a: string, b: string): number {
  const [left, right] = [plainPath(a).split('/'), plainPath(b).split('/')];
  for (let index = 0; index < Math.min(left.length, right.length); index++) {
    if (left[index]! < right[index]!) return -1;
    if (left[index]! > right[index]!) return 1;
  }
  return left.length - right.length;
}
