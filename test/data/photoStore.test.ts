import { readdirSync, readlinkSync } from 'node:fs';
import os from 'node:os';
import { afterEach, describe, expect, it } from 'vitest';
import type { Image } from '../../src/data/image.ts';
import { createPhotoStore, type PhotoStore } from '../../src/data/photoStore.ts';
import { scratchFolder } from '../../src/data/scratchFile.ts';
import { DataError } from '../../src/errors.ts';

const sizes = [
  { width: 5, height: 3 },
  { width: 4, height: 4 },
  { width: 7, height: 2 },
  { width: 5, height: 3 },
];
const images = sizes.map(({ width, height }, index): Image => {
  const channels = index === 2 ? 4 : 3;
  const data = Uint8Array.from({ length: width * height * channels }, (_, k) => (k * 37 + index * 91) % 256);
  return { width, height, channels, data };
});
/** With room for four channels: 60, 64, 56 and 60 bytes. */
const allBytes = 240;

let store: PhotoStore | undefined;
afterEach(() => store?.dispose());

async function storeWith(memoryBytes: number): Promise<PhotoStore> {
  store = await createPhotoStore(sizes, { channels: 4, memoryBytes });
  // In whatever order they are decoded.
  for (const index of [2, 0, 3, 1]) await store.put(index, images[index]!);
  return store;
}

describe('createPhotoStore', () => {
  it.each([
    [0, 0],
    [63, 60],
    [130, 124],
    [allBytes, allBytes],
  ])('[DA23] gives the same pixels with %s bytes of memory', async (memoryBytes, resident) => {
    const photos = await storeWith(memoryBytes);
    expect(photos).toMatchObject({ bytes: allBytes, residentBytes: resident });
    expect(photos.folder === undefined).toBe(resident === allBytes);
    for (const [index, image] of images.entries()) {
      expect(photos.read(index)).toEqual(image);
      const out = new Uint8Array(4);
      for (let pixel = 0; pixel < image.width * image.height; pixel++) {
        photos.readPixel(index, pixel, out);
        const at = pixel * image.channels;
        const [red, green, blue, alpha = 255] = image.data.subarray(at, at + image.channels);
        expect([...out]).toEqual([red, green, blue, alpha]);
      }
    }
  });

  it('[DA23] gives the same photo whether it was read ahead, is being read, or another one was', async () => {
    const photos = await storeWith(0);
    const settled = () => new Promise((resolve) => setTimeout(resolve, 50));
    for (const [ahead, next] of [
      [1, 1],
      [2, 0],
      [3, 3],
      [0, 2],
    ] as const) {
      photos.readAhead(ahead);
      expect(photos.read(next)).toEqual(images[next]);
      photos.readAhead(ahead);
      await settled();
      photos.readAhead((ahead + 1) % 4);
      expect(photos.read(next)).toEqual(images[next]);
      expect(photos.read(ahead)).toEqual(images[ahead]);
    }
  });

  it.skipIf(os.platform() !== 'linux')('[DA24] has a file without a name, and gives it back', async () => {
    const descriptors = () =>
      readdirSync('/proc/self/fd').flatMap((name) => {
        try {
          return readlinkSync(`/proc/self/fd/${name}`).includes('nerfstream-photos') ? [name] : [];
        } catch {
          return [];
        }
      });
    const photos = await storeWith(0);
    expect(descriptors()).toHaveLength(1);
    expect(readdirSync(photos.folder!).filter((name) => name.startsWith('nerfstream-photos'))).toEqual([]);
    photos.dispose();
    store = undefined;
    expect(descriptors()).toEqual([]);
  });
});

describe('scratchFolder', () => {
  it('[DA24] refuses what no disk has room for, and says what to do', async () => {
    const failed = scratchFolder(1e18);
    await expect(failed).rejects.toThrow(DataError);
    await expect(failed).rejects.toThrow(/need 1000000000\.0 GB on a disk.*TMPDIR.*data\.downscale/);
  });
});
