/** Decodes photos to 8-bit sRGB. */
import sharp from 'sharp';
import { DataError } from '../errors.ts';
import type { Image } from './image.ts';
import { loadMask } from './loadMask.ts';
import { mapConcurrently } from './mapConcurrently.ts';
import { readDataBytes } from './readDataFile.ts';
import type { Frame } from './scene.ts';

/** What the first bytes of an image file say. */
export interface ImageHeader {
  readonly width: number;
  readonly height: number;
  readonly hasAlpha: boolean;
  /** How EXIF says that pixels are to be turned or mirrored, 1 (as they are stored) to 8; nobody does so here. */
  readonly orientation: number;
}

/** Images decoded at a time: as many as libuv has threads for. */
const defaultConcurrency = 4;

/** Size of the image file at `path`, which is not decoded. Throws `DataError` for what is not a readable image. */
export async function readImageHeader(path: string): Promise<ImageHeader> {
  const bytes = await readBytes(path);
  const {
    width,
    height,
    hasAlpha,
    orientation = 1,
  } = await sharp(bytes)
    .metadata()
    .catch((error: unknown) => fail(path, error));
  return { width, height, hasAlpha, orientation };
}

/**
 * Decodes the image file at `path`: JPEG, PNG, WebP, TIFF and whatever else sharp reads; 16-bit, grey, palette and CMYK
 * images become 8-bit RGB. Stored pixels are taken as they are: no EXIF rotation (camera poses are given for the stored
 * orientation) and no colour profile. Throws `DataError` naming the file when it is missing, truncated or not an image.
 */
export async function loadImage(path: string): Promise<Image> {
  const bytes = await readBytes(path);
  const { data, info } = await sharp(bytes, { failOn: 'error', ignoreIcc: true })
    .toColourspace('srgb')
    .raw({ depth: 'uchar' })
    .toBuffer({ resolveWithObject: true })
    .catch((error: unknown) => fail(path, error));
  const { width, height, channels } = info;
  if (channels !== 3 && channels !== 4)
    throw new DataError(`${path}: decodes to ${channels} channels; save it as RGB or RGBA.`, path);
  return { width, height, channels, data: new Uint8Array(data.buffer, data.byteOffset, data.byteLength) };
}

/**
 * Decodes the images of `frames` and their masks, in order. Throws `DataError` as {@link loadImage} does, and when an image no longer has
 * the size that its camera was made for.
 *
 * @param options `concurrency`: images decoded at a time (default 4).
 */
export function loadImages(
  frames: readonly Frame[],
  { concurrency = defaultConcurrency }: { readonly concurrency?: number } = {},
): Promise<Image[]> {
  // No image is decoded twice: libvips would keep up to 50 MB of them.
  sharp.cache(false);
  return mapConcurrently(frames, concurrency, async ({ image: path, camera, mask }) => {
    const image = await loadImage(path);
    if (image.width !== camera.width || image.height !== camera.height)
      throw new DataError(
        `${path}: is ${image.width} x ${image.height} pixels now, ${camera.width} x ${camera.height} when the data set was read. Do not change images during a run.`,
        path,
      );
    return mask ? { ...image, mask: await loadMask(mask, image.width, image.height) } : image;
  });
}

/** By buffer, not by name: decoders give brackets in a file name a meaning and cache what they read. */
async function readBytes(path: string): Promise<Buffer> {
  const bytes = await readDataBytes(path);
  if (bytes.length === 0)
    throw new DataError(`${path}: is an empty file. Replace the file or remove its frame.`, path);
  const foreign = foreignImage(bytes);
  if (foreign !== undefined)
    throw new DataError(`${path}: is ${foreign.name}, which is not read here. ${foreign.advice}.`, path);
  return bytes;
}

/** What sharp does not read, though cameras and renderers write it. */
function foreignImage(bytes: Buffer): { readonly name: string; readonly advice: string } | undefined {
  const jpeg = 'Save it as JPEG or PNG';
  const text = (from: number, to: number) => bytes.subarray(from, to).toString('latin1');
  if (text(4, 8) === 'ftyp' && /^(hei|hev|mif1|msf1)/.test(text(8, 12)) && !/avif/.test(text(8, 64)))
    return {
      name: 'a HEIC photo (High Efficiency)',
      advice: `${jpeg} (iPhone: Settings, Camera, Formats, Most Compatible; or: magick mogrify -format jpg *.heic)`,
    };
  if (bytes.subarray(0, 4).equals(Buffer.of(0x76, 0x2f, 0x31, 0x01)))
    return {
      name: 'an OpenEXR image',
      advice: `${jpeg}, in sRGB (oiiotool in.exr --colorconvert linear sRGB -o out.png)`,
    };
  if (text(0, 10) === '#?RADIANCE') return { name: 'a Radiance HDR image', advice: `${jpeg}, in sRGB` };
  if (/^(FUJIFILMCCD-RAW)/.test(text(0, 16)) || text(8, 10) === 'CR' || text(4, 11) === 'ftypcrx')
    return { name: 'a raw photo of a camera', advice: 'Develop it, and save it as JPEG or PNG' };
  return undefined;
}

function fail(path: string, error: unknown): never {
  const reason = error instanceof Error ? error.message.split('\n')[0]! : String(error);
  const what = /premature end|read error|truncat|corrupt|end of/i.test(reason)
    ? 'is truncated or damaged'
    : 'is not a readable image';
  throw new DataError(`${path}: ${what} (${reason}). Replace the file or remove its frame.`, path, {
    cause: error,
  });
}
