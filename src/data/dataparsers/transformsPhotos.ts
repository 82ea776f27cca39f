/** The photos of a transforms file: images, lenses, poses and masks of its frames. */
import type { Photo } from './captureScene.ts';
import type { DataLog } from './dataparser.ts';
import { findImages } from './findImages.ts';
import { findMasks } from './findMasks.ts';
import { intrinsicsOf } from './intrinsicsOf.ts';
import type { Transforms } from './readTransforms.ts';

/**
 * Frames whose image exists, in the order of the file. What the file holds that is not used is warned of once.
 * @param options `mayBeNone`: only warn when no image exists (a list of held-out images); `readsDepths`: the caller looks after depth maps
 * @throws DataError, one line
 */
export async function transformsPhotos(
  { file, folder, fields, frames }: Transforms,
  log: DataLog,
  options: { readonly mayBeNone?: boolean; readonly readsDepths?: boolean } = {},
): Promise<Photo[]> {
  const search = { source: file, folder, entries: frames, log, ...options };
  const found = await findImages({ ...search, pathOf: (frame) => frame.file_path });
  const masks = await findMasks(
    folder,
    found.map(({ entry, image }) => ({ image, mask: entry.mask_path })),
    file,
  );
  if (!options.readsDepths) warnOfDepths(file, frames, log, 'they are read of a transforms.json only');
  return found.map((frame, index) => ({
    name: frame.entry.file_path,
    image: frame.image,
    header: frame.header,
    intrinsics: intrinsicsOf(frame, fields, file),
    pose: frame.entry.transform_matrix.slice(0, 3).flat(),
    mask: masks[index],
  }));
}

/** Says that depth maps are not used, if there are any. */
export function warnOfDepths(file: string, frames: Transforms['frames'], log: DataLog, reason: string): void {
  const count = frames.filter((frame) => depthPathOf(frame) !== undefined).length;
  if (count > 0) log.warn(`${file}: depth maps of ${count} frames are not used: ${reason}.`);
}

/** The depth map of a frame, as nerfstudio and instant-ngp name it. */
export function depthPathOf(frame: Transforms['frames'][number]): string | undefined {
  return frame.depth_file_path ?? frame.depth_path;
}
