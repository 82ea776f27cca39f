/** The photos of a transforms file: images, lenses, poses and masks of its frames. */
import type { Photo } from './captureScene.ts';
import type { DataLog } from './dataparser.ts';
import { findImages } from './findImages.ts';
import { findMasks } from './findMasks.ts';
import { intrinsicsOf } from './intrinsicsOf.ts';
import type { Transforms } from './readTransforms.ts';

/**
 * Frames whose image exists, in the order of the file. What the file holds that is not used is warned of once.
 * @param options `mayBeNone`: only warn when no image exists (a list of held-out images)
 * @throws DataError, one line
 */
export async function transformsPhotos(
  { file, folder, fields, frames }: Transforms,
  log: DataLog,
  options: { readonly mayBeNone?: boolean } = {},
): Promise<Photo[]> {
  const search = { source: file, folder, entries: frames, log, ...options };
  const found = await findImages({ ...search, pathOf: (frame) => frame.file_path });
  const masks = await findMasks(
    folder,
    found.map(({ entry, image }) => ({ image, mask: entry.mask_path })),
    file,
  );
  const withDepth = frames.filter(({ depth_file_path: depth }) => depth !== undefined).length;
  if (withDepth > 0)
    log.warn(`${file}: depth_file_path of ${withDepth} frames is not used: depths do not train yet.`);
  return found.map((frame, index) => ({
    name: frame.entry.file_path,
    image: frame.image,
    header: frame.header,
    intrinsics: intrinsicsOf(frame, fields, file),
    pose: frame.entry.transform_matrix.slice(0, 3).flat(),
    mask: masks[index],
  }));
}
