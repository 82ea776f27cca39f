/** Decodes masks of photos. */
import sharp from 'sharp';
import { DataError } from '../errors.ts';
import { readDataBytes } from './readDataFile.ts';
import type { MaskFile } from './scene.ts';
import { haveSameAspect } from './size.ts';

/** JPEG blurs the edge between black and white. */
const jpegThreshold = 128;

/**
 * Which pixels of a photo of `width` x `height` pixels count: [height, width] uint8, 0 where one does not. A mask of another size is brought to the
 * photo's, each pixel the nearest of the mask's. In a JPEG, what is darker than half is black.
 * @throws DataError for what is not an image, has another aspect than its photo, or leaves no pixel
 */
export async function loadMask(
  { path, hides }: MaskFile,
  width: number,
  height: number,
): Promise<Uint8Array> {
  const fail = (what: string, cause?: unknown): never => {
    throw new DataError(`${path}: ${what}. Correct the mask, or remove it.`, path, { cause });
  };
  const bytes = await readDataBytes(path);
  const mask = sharp(bytes, { failOn: 'error', ignoreIcc: true });
  const size = await mask
    .metadata()
    .catch((error: unknown) => fail('the mask is not a readable image', error));
  if (!haveSameAspect(size, { width, height }))
    fail(`the mask is ${size.width} x ${size.height} pixels, its photo ${width} x ${height}, another aspect`);
  const grey = await mask
    .removeAlpha()
    .resize(width, height, { fit: 'fill', kernel: 'nearest' })
    .toColourspace('b-w')
    .raw({ depth: 'uchar' })
    .toBuffer()
    .catch((error: unknown) => fail('the mask is truncated or damaged', error));
  const threshold = size.format === 'jpeg' ? jpegThreshold : 1;
  let counted = 0;
  for (let pixel = 0; pixel < grey.length; pixel++) {
    const counts = grey[pixel]! >= threshold === (hides === 'black') ? 1 : 0;
    grey[pixel] = counts;
    counted += counts;
  }
  if (counted === 0) fail('the mask hides all of its photo');
  return new Uint8Array(grey.buffer, grey.byteOffset, grey.byteLength);
}
