/** Writes 8-bit images as PNG files. */
import { writeFile } from 'node:fs/promises';
import type { RgbImage } from '../pipeline/pipeline.ts';
import type { Image } from './image.ts';

/** Bytes of a PNG file with exactly the pixels of `image` (RGB, or RGBA with straight alpha). */
export async function encodePng(image: RgbImage | Image): Promise<Buffer> {
  // Commands that may write a picture, and mostly do not, start without the library: a quarter of a second.
  const { default: sharp } = await import('sharp');
  const { width, height, data } = image;
  const channels = 'channels' in image ? image.channels : 3;
  return sharp(data, { raw: { width, height, channels } }).png().toBuffer();
}

/** Writes `image` to `path`, whose folder exists. Rejects with the file system's error. */
export async function writePng(path: string, image: RgbImage | Image): Promise<void> {
  await writeFile(path, await encodePng(image));
}
