/** Decodes photos to 8-bit sRGB. */
import sharp, { type Sharp, type SharpOptions } from 'sharp';
import { DataError } from '../errors.ts';
import type { Image } from './image.ts';
import { loadMask } from './loadMask.ts';
import { readDataBytes } from './readDataFile.ts';
import type { Frame, StoredImage } from './scene.ts';
import type { Size } from './size.ts';

/** What the first bytes of an image file say. */
export interface ImageHeader {
  readonly width: number;
  readonly height: number;
  readonly hasAlpha: boolean;
  /** How EXIF says that pixels are to be turned or mirrored, 1 (as they are stored) to 8; nobody does so here. */
  readonly orientation: number;
}

/** Of a JPEG what is asked for stands in its first segments, of 64 KiB at most; the largest are previews and colour profiles. */
const jpegBeginning = 2 ** 18;

/**
 * Size of the image file at `path`, which is not decoded, and of a JPEG not even read whole: data sets of many gigabytes are read from the
 * disk once. Throws `DataError` for what is not a readable image.
 */
export async function readImageHeader(path: string): Promise<ImageHeader> {
  const beginning = await readBytes(path, jpegBeginning);
  if (beginning.length < jpegBeginning) return readHeader(path, beginning);
  const isJpeg = beginning[0] === 0xff && beginning[1] === 0xd8;
  const header = isJpeg ? await readHeader(path, beginning).catch(() => undefined) : undefined;
  return header ?? readHeader(path, await readBytes(path));
}

/**
 * As {@link readImageHeader}, after all of the image has been decoded, coarsely: so a file that is cut off or damaged is noticed.
 */
export async function readWholeImageHeader(path: string): Promise<ImageHeader> {
  const bytes = await readBytes(path);
  const header = await readHeader(path, bytes);
  const options = { ...decoding, limitInputPixels: false };
  await sharp(bytes, options)
    .resize(64)
    .raw()
    .toBuffer()
    .catch((error: unknown) => fail(path, error));
  return header;
}

async function readHeader(path: string, bytes: Buffer): Promise<ImageHeader> {
  const metadata = await sharp(bytes)
    .metadata()
    .catch((error: unknown) => fail(path, error));
  const { width, height, hasAlpha, orientation = 1 } = metadata;
  return { width, height, hasAlpha, orientation };
}

/**
 * Decodes the image file at `path`: JPEG, PNG, WebP, TIFF and whatever else sharp reads; 16-bit, grey, palette and CMYK
 * images become 8-bit RGB. Stored pixels are taken as they are: no EXIF rotation (camera poses are given for the stored
 * orientation) and no colour profile. Throws `DataError` naming the file when it is missing, truncated or not an image.
 */
export async function loadImage(path: string): Promise<Image> {
  return decode(path, sharp(await readBytes(path), decoding));
}

/**
 * Decodes the image of a frame and its mask, in the size of its camera. A larger file is resized: by a Lanczos filter as wide as the pixels
 * become, in sRGB, as the field makes its smaller copies, with alpha premultiplied; all of it becomes all of the smaller picture.
 * Throws `DataError` as {@link loadImage} does, and when the file no longer has the size that it had when the data set was read.
 */
export async function loadFrameImage({ image: path, stored, camera, mask }: Frame): Promise<Image> {
  const image = await loadStored(stored ?? { file: path, ...sizeOf(camera) }, camera);
  return mask ? { ...image, mask: await loadMask(mask, image.width, image.height) } : image;
}

async function loadStored({ file, width, height }: StoredImage, wanted: Size): Promise<Image> {
  const bytes = await readBytes(file);
  if (width === wanted.width && height === wanted.height) {
    const image = await decode(file, sharp(bytes, decoding));
    checkSize(file, image, { width, height });
    return image;
  }
  checkSize(file, await readHeader(file, bytes), { width, height });
  // Cutting all of it out keeps the decoder from making it smaller itself, in steps that are not exact.
  const resized = sharp(bytes, decoding)
    .extract({ left: 0, top: 0, width, height })
    .resize(wanted.width, wanted.height, { fit: 'fill', kernel: 'lanczos3' });
  return decode(file, resized);
}

function sizeOf({ width, height }: Size): Size {
  return { width, height };
}

const decoding: SharpOptions = { failOn: 'error', ignoreIcc: true };

async function decode(path: string, picture: Sharp): Promise<Image> {
  const { data, info } = await picture
    .toColourspace('srgb')
    .raw({ depth: 'uchar' })
    .toBuffer({ resolveWithObject: true })
    .catch((error: unknown) => fail(path, error));
  const { width, height, channels } = info;
  if (channels !== 3 && channels !== 4)
    throw new DataError(`${path}: decodes to ${channels} channels; save it as RGB or RGBA.`, path);
  return { width, height, channels, data: new Uint8Array(data.buffer, data.byteOffset, data.byteLength) };
}

function checkSize(path: string, now: Size, before: Size): void {
  if (now.width !== before.width || now.height !== before.height)
    throw new DataError(
      `${path}: is ${now.width} x ${now.height} pixels now, ${before.width} x ${before.height} when the data set was read. Do not change images during a run.`,
      path,
    );
}

/** By buffer, not by name: decoders give brackets in a file name a meaning and cache what they read. */
async function readBytes(path: string, most?: number): Promise<Buffer> {
  const bytes = await readDataBytes(path, most);
  if (bytes.length === 0)
    throw new DataError(`${path}: is an empty file. Replace the file or leave it out.`, path);
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
  throw new DataError(`${path}: ${what} (${reason}). Replace the file or leave it out.`, path, {
    cause: error,
  });
}
