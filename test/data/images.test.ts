import { readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import sharp, { type Sharp } from 'sharp';
import { describe, expect, it } from 'vitest';
import { compositeOver, toRgbImage } from '../../src/data/compositeOver.ts';
import { loadFrameImage, loadImage, readImageHeader } from '../../src/data/images.ts';
import type { Frame, StoredImage } from '../../src/data/scene.ts';
import { writePng } from '../../src/data/writePng.ts';
import { DataError } from '../../src/errors.ts';
import { temporaryFolder } from '../support/temporaryFolder.ts';

const [width, height] = [40, 30];

/** A smooth picture: what lossy formats change little. */
const pixels = Buffer.from(
  Array.from({ length: width * height }, (_, index) => {
    const [x, y] = [index % width, Math.floor(index / width)];
    return [x * 6, y * 8, 255 - x * 3 - y * 3];
  }).flat(),
);
const source = () => sharp(pixels, { raw: { width, height, channels: 3 } });
const grey = Array.from({ length: width * height }, (_, index) => (index % width) * 6);

async function failureOf(path: string): Promise<string> {
  const error = await loadImage(path).then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(DataError);
  expect((error as DataError).file).toBe(path);
  expect((error as DataError).message).not.toContain('\n');
  return (error as DataError).message;
}

describe('loadImage', () => {
  const formats: [string, () => Sharp, number][] = [
    ['8-bit PNG', () => source().png(), 0],
    ['palette PNG', () => source().png({ palette: true, colours: 256 }), 16],
    ['16-bit PNG', () => source().toColourspace('rgb16').png(), 0],
    ['JPEG', () => source().jpeg({ quality: 95 }), 12],
    [
      'JPEG that EXIF calls rotated',
      () => source().withMetadata({ orientation: 6 }).jpeg({ quality: 95 }),
      12,
    ],
    ['WebP', () => source().webp({ lossless: true }), 1],
    ['TIFF', () => source().tiff({ compression: 'lzw' }), 0],
  ];

  it.each(formats)('decodes: %s', async (format, encode, tolerance) => {
    const path = join(temporaryFolder(), 'image');
    await encode().toFile(path);
    const image = await loadImage(path);
    expect(image).toMatchObject({ width, height, channels: 3 });
    const largest = image.data.reduce(
      (most, value, index) => Math.max(most, Math.abs(value - pixels[index]!)),
      0,
    );
    expect(largest).toBeLessThanOrEqual(tolerance);
    expect(await readImageHeader(path)).toEqual({
      width,
      height,
      hasAlpha: false,
      orientation: format.includes('EXIF') ? 6 : 1,
    });
  });

  it.each(['8-bit', '16-bit'])('decodes %s greyscale to three equal channels', async (depth) => {
    const path = join(temporaryFolder(), 'grey.png');
    const image = sharp(Buffer.from(grey), { raw: { width, height, channels: 1 } });
    await image
      .toColourspace(depth === '8-bit' ? 'b-w' : 'grey16')
      .png()
      .toFile(path);
    const { channels, data } = await loadImage(path);
    expect(channels).toBe(3);
    expect(data).toEqual(new Uint8Array(grey.flatMap((value) => [value, value, value])));
  });

  it('decodes CMYK to RGB', async () => {
    const path = join(temporaryFolder(), 'cmyk.jpg');
    const image = sharp(Buffer.from(grey), { raw: { width, height, channels: 1 } });
    await image.toColourspace('cmyk').jpeg({ quality: 95 }).toFile(path);
    const { channels, data } = await loadImage(path);
    expect(channels).toBe(3);
    // Ink cannot be quite black.
    grey.forEach((value, pixel) => {
      expect(Math.abs(data[pixel * 3 + 1]! - value)).toBeLessThanOrEqual(value < 64 ? 48 : 16);
    });
  });

  it('keeps straight alpha, bit for bit what writePng wrote', async () => {
    const path = join(temporaryFolder(), 'rgba.png');
    const data = Uint8Array.from({ length: 5 * 4 * 4 }, (_, index) => (index * 37) % 256);
    await writePng(path, { width: 5, height: 4, channels: 4, data });
    const image = await loadImage(path);
    expect(image).toMatchObject({ width: 5, height: 4, channels: 4 });
    expect(image.data).toEqual(data);
    expect((await readImageHeader(path)).hasAlpha).toBe(true);
  });

  it.each(['jpg', 'png'])('refuses a truncated %s, naming it', async (extension) => {
    const path = join(temporaryFolder(), `photo [1].${extension}`);
    await source().toFile(path.replace(' [1]', ''));
    const bytes = readFileSync(path.replace(' [1]', ''));
    for (const length of [bytes.length - 20, bytes.length >> 1, 30]) {
      writeFileSync(path, bytes);
      truncateSync(path, length);
      expect(await failureOf(path)).toMatch(
        /photo \[1\].*(is truncated or damaged|is not a readable image).*Replace the file/,
      );
    }
  });

  it.each([
    ['a HEIC photo', [0, 0, 0, 24, ...Buffer.from('ftypheic\0\0\0\0mif1heic')]],
    ['a HEIC photo', [0, 0, 0, 24, ...Buffer.from('ftypmif1\0\0\0\0mif1heix')]],
    ['an OpenEXR image', [0x76, 0x2f, 0x31, 0x01, 2, 0, 0, 0]],
    ['a Radiance HDR image', [...Buffer.from('#?RADIANCE\nFORMAT=32-bit_rle_rgbe\n')]],
    ['a raw photo of a camera', [...Buffer.from('II*\0\x10\0\0\0CR\x02\0')]],
    ['a pointer of Git LFS', [...Buffer.from('version https://git-lfs.github.com/spec/v1\noid sha256:0')]],
  ])('[DA10] names %s and says what to do', async (what, bytes) => {
    const path = join(temporaryFolder(), 'photo.jpg');
    writeFileSync(path, Buffer.from(bytes));
    for (const read of [readImageHeader, loadImage]) {
      const error = await read(path).catch((reason: unknown) => reason);
      expect(error).toBeInstanceOf(DataError);
      expect((error as DataError).message).toMatch(
        new RegExp(`^${path}: is ${what}.*([Ss]ave it as JPEG|git lfs pull)`),
      );
      expect((error as DataError).message).not.toContain('\n');
    }
  });

  it('refuses an empty file, another file, a folder and a missing one', async () => {
    const folder = temporaryFolder();
    writeFileSync(join(folder, 'empty.png'), '');
    writeFileSync(join(folder, 'text.png'), 'hello');
    expect(await failureOf(join(folder, 'empty.png'))).toMatch(/is an empty file/);
    expect(await failureOf(join(folder, 'text.png'))).toMatch(/is not a readable image/);
    expect(await failureOf(join(folder, 'none.png'))).toMatch(/cannot be read \(ENOENT\)/);
    expect(await failureOf(folder)).toMatch(/cannot be read \(EISDIR\)/);
  });
});

describe('readImageHeader', () => {
  /** Noise, whose files are large. */
  const large = () => {
    const noise = { type: 'gaussian', mean: 128, sigma: 60 } as const;
    return sharp({ create: { width: 700, height: 500, channels: 3, background: 'gray', noise } });
  };
  const header = { width: 700, height: 500, hasAlpha: false, orientation: 1 };

  it('does not read all of a JPEG: one of three gigabytes, which no buffer holds, is no matter', async () => {
    const path = join(temporaryFolder(), 'a.jpg');
    await large().withMetadata({ orientation: 8 }).jpeg({ quality: 100 }).toFile(path);
    // A hole, which takes no room.
    truncateSync(path, 3 * 2 ** 30);
    expect(await readImageHeader(path)).toEqual({ ...header, orientation: 8 });
  });

  it('reads on where the size stands late in a file', async () => {
    const folder = temporaryFolder();
    const jpeg = await large().jpeg({ quality: 100 }).toBuffer();
    const comment = Buffer.concat([Buffer.of(0xff, 0xfe, 0xff, 0xff), Buffer.alloc(0xffff - 2, 32)]);
    const files = {
      'late.jpg': Buffer.concat([jpeg.subarray(0, 2), ...Array<Buffer>(5).fill(comment), jpeg.subarray(2)]),
      'large.webp': await large().webp({ lossless: true }).toBuffer(),
      'large.tif': await large().tiff({ compression: 'none' }).toBuffer(),
      'large.png': await large().png({ compressionLevel: 0 }).toBuffer(),
    };
    for (const [name, bytes] of Object.entries(files)) {
      expect(bytes.length).toBeGreaterThan(2 ** 18);
      writeFileSync(join(folder, name), bytes);
      expect(await readImageHeader(join(folder, name)), name).toEqual(header);
    }
  });
});

describe('loadFrameImage', () => {
  const frameOf = (image: string, size: { width: number; height: number }, stored?: StoredImage): Frame => ({
    name: image,
    image,
    camera: { model: 'OPENCV', ...size, fx: 1, fy: 1, cx: 1, cy: 1, cameraToWorld: [] },
    ...(stored && { stored }),
  });

  it('refuses an image that changed since its camera was made', async () => {
    const path = join(temporaryFolder(), 'a.png');
    await writePng(path, { width: 2, height: 2, data: new Uint8Array(12) });
    const changed = /is 2 x 2 pixels now, 2 x 3 when/;
    await expect(loadFrameImage(frameOf(path, { width: 2, height: 3 }))).rejects.toThrow(changed);
    const stored = { file: path, width: 2, height: 3 };
    await expect(loadFrameImage(frameOf(path, { width: 1, height: 1 }, stored))).rejects.toThrow(changed);
  });

  it.each([
    { format: 'png', width: 202, height: 150, to: [101, 75], tolerance: 0.6 },
    { format: 'png', width: 199, height: 151, to: [80, 60], tolerance: 0.6 },
    { format: 'jpg', width: 321, height: 243, to: [40, 30], tolerance: 2.5 },
    { format: 'jpg', width: 401, height: 299, to: [160, 119], tolerance: 2.5 },
  ] as const)('[DA22] resizes all of a $format of $width x $height to all of $to', async (example) => {
    // A smooth picture is a function of the place in it, from 0 to 1 on each side, in whatever size.
    const shade = (u: number, v: number) => [40 + 170 * u, 210 - 160 * v, 60 + 70 * u + 70 * v];
    const { width, height, to, tolerance, format } = example;
    const data = pictureOf(width, height, shade);
    const path = join(temporaryFolder(), `a.${format}`);
    const picture = sharp(data, { raw: { width, height, channels: 3 } });
    await picture
      .jpeg({ quality: 100, chromaSubsampling: '4:4:4' })
      .toFormat(format === 'jpg' ? 'jpeg' : format)
      .toFile(path);
    const image = await loadFrameImage(
      frameOf(path, { width: to[0], height: to[1] }, { file: path, width, height }),
    );
    expect(image).toMatchObject({ width: to[0], height: to[1], channels: 3 });
    // The filter sees no pixels beyond the border.
    const inner = (value: number, side: number) => value >= 3 && value < side - 3;
    const expected = pictureOf(to[0], to[1], shade);
    const errors = Array.from(image.data, (value, index) => {
      const pixel = Math.floor(index / 3);
      const isInner = inner(pixel % to[0], to[0]) && inner(Math.floor(pixel / to[0]), to[1]);
      return isInner ? Math.abs(value - expected[index]!) : 0;
    });
    expect(Math.max(...errors)).toBeLessThanOrEqual(1 + tolerance);
    expect(errors.reduce((sum, error) => sum + error, 0) / errors.length).toBeLessThan(tolerance);
  });

  it('[DA22] gives transparent pixels no weight when it resizes', async () => {
    const path = join(temporaryFolder(), 'a.png');
    // Left half opaque red, right half transparent green.
    const data = Uint8Array.from({ length: 40 * 20 * 4 }, (_, k) => {
      const isLeft = Math.floor(k / 4) % 40 < 20;
      return [isLeft ? 200 : 0, isLeft ? 0 : 200, 0, isLeft ? 255 : 0][k % 4]!;
    });
    await writePng(path, { width: 40, height: 20, channels: 4, data });
    const stored = { file: path, width: 40, height: 20 };
    const image = await loadFrameImage(frameOf(path, { width: 11, height: 5 }, stored));
    expect(image.channels).toBe(4);
    const middle = image.data.subarray((2 * 11 + 5) * 4, (2 * 11 + 5) * 4 + 4);
    expect(middle[1]).toBe(0);
    expect(Math.abs(middle[0]! - 200)).toBeLessThanOrEqual(2);
    expect(Math.abs(middle[3]! - 128)).toBeLessThanOrEqual(2);
  });
});

/** [height, width, 3]: `shade` at the pixels' centres, as shares of the sides. */
function pictureOf(width: number, height: number, shade: (u: number, v: number) => number[]): Buffer {
  const pixels = Array.from({ length: width * height }, (_, index) =>
    shade(((index % width) + 0.5) / width, (Math.floor(index / width) + 0.5) / height),
  );
  return Buffer.from(pixels.flat().map(Math.round));
}

describe('compositeOver and toRgbImage', () => {
  it('blend by alpha', () => {
    const image = {
      width: 2,
      height: 1,
      channels: 4,
      data: Uint8Array.of(255, 0, 51, 51, 10, 20, 30, 0),
    } as const;
    expect(compositeOver(image, [1, 0, 0.5])).toBeAllClose([1, 0, 0.44, 1, 0, 0.5]);
    const opaque = { width: 1, height: 1, channels: 3, data: Uint8Array.of(51, 102, 255) } as const;
    expect(compositeOver(opaque, [1, 1, 1])).toBeAllClose([0.2, 0.4, 1]);
  });

  it('round to the nearest and clamp', () => {
    const values = [0, 0.5, 1, 1.7, -0.2, Number.NaN, 0.6 / 255, 254.4 / 255, 254.6 / 255];
    expect([...toRgbImage(values, 3, 1).data]).toEqual([0, 128, 255, 255, 0, 0, 1, 254, 255]);
  });
});
