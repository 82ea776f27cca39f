/** Decodes the photos of a scene, on all cores, into memory or a temporary file. */
import os from 'node:os';
import sharp from 'sharp';
import { freeMemory } from '../freeMemory.ts';
import type { Log } from '../log.ts';
import { looksOf } from './dataFingerprint.ts';
import { describeBytes } from './describeBytes.ts';
import { loadFrameImage } from './images.ts';
import { mapConcurrently } from './mapConcurrently.ts';
import { createPhotoStore, type PhotoStore } from './photoStore.ts';
import { type Photos, somePhotos } from './photos.ts';
import type { Frame, Scene } from './scene.ts';
import { describeSizes } from './size.ts';

/** Images decoded at a time: as many as libuv has threads for. */
const concurrency = 4;
/** By default half of the free memory is taken, and no more than this: of the file the system keeps in memory what it can. */
const mostMegabytes = 2048;

export interface LoadPhotosOptions {
  /** For decoded pixels, in millions of bytes. Default: half of what is free, at most 2,048. */
  readonly memoryMegabytes?: number | undefined;
  /** For models that keep copies of their own: bytes of each training pixel. Where photos and copies do not fit, all photos lie in the file. */
  readonly copiedBytesPerPixel?: number;
  /** Ends the decoding. */
  readonly signal?: AbortSignal | undefined;
}

export interface LoadedPhotos {
  readonly train: Photos;
  readonly eval: Photos;
  /** Of all photos, training first, for `fingerprintOf`. */
  readonly looks: readonly string[];
  /** What may be taken for pixels. */
  readonly memoryBytes: number;
  dispose(): void;
}

/**
 * Decodes all photos. Before the first one, a line says how much memory they need and where they go; that depends on the memory which
 * there is, and nothing that is computed does.
 * @throws DataError for an image that is damaged or has changed, and where the temporary file finds no room; the signal's reason
 */
export async function loadPhotos(
  scene: Scene,
  log: Log,
  options: LoadPhotosOptions = {},
): Promise<LoadedPhotos> {
  // No image is decoded twice: libvips would keep up to 50 MB of them.
  sharp.cache(false);
  // With more cores than images at a time, several of them resize one.
  sharp.concurrency(Math.ceil(os.availableParallelism() / concurrency));
  const frames = [...scene.train, ...scene.eval];
  const { megabytes, ...plan } = planMemory(scene, options);
  const store = await createPhotoStore(
    frames.map(({ camera }) => camera),
    plan,
  );
  try {
    log.info(
      { tell: true, train: scene.train.length, eval: scene.eval.length, bytes: store.bytes, megabytes },
      describePhotos(scene, store),
    );
    const looks = await decodeInto(store, frames, log, options.signal);
    return {
      train: somePhotos(store, 0, scene.train.length),
      eval: somePhotos(store, scene.train.length, frames.length),
      looks,
      memoryBytes: megabytes * 1e6,
      dispose: () => store.dispose(),
    };
  } catch (error) {
    store.dispose();
    throw error;
  }
}

function planMemory({ train, eval: held, hasAlpha }: Scene, options: LoadPhotosOptions) {
  const { copiedBytesPerPixel = 0 } = options;
  const megabytes = options.memoryMegabytes ?? Math.min(mostMegabytes, freeMemory() / 2e6);
  const channels = hasAlpha ? 4 : 3;
  const bytes = pixelsOf([...train, ...held]) * channels + pixelsOf(train) * copiedBytesPerPixel;
  // Masks stay in memory, a byte for each pixel.
  const left = megabytes * 1e6 - pixelsOf([...train, ...held].filter(({ mask }) => mask));
  const kept = copiedBytesPerPixel === 0 || bytes <= left;
  return { megabytes, channels, memoryBytes: kept ? left : 0 } as const;
}

function pixelsOf(frames: readonly Frame[]): number {
  return frames.reduce((sum, { camera }) => sum + camera.width * camera.height, 0);
}

function describePhotos({ train, eval: held }: Scene, { sizes, bytes, residentBytes, folder }: PhotoStore) {
  const masked = [...train, ...held].filter(({ mask }) => mask).length;
  const masks = masked === 0 ? '' : `, ${masked} of them with a mask`;
  const what = `${train.length} training and ${held.length} held-out photos${masks}, ${describeSizes(sizes)} pixels: ${describeBytes(bytes)} decoded`;
  if (folder === undefined) return `${what}, in memory`;
  const where = `in a temporary file in ${folder}; data.memoryMegabytes says how much memory may be taken`;
  if (residentBytes === 0) return `${what}, ${where}`;
  return `${what}, ${describeBytes(residentBytes)} of it in memory and ${describeBytes(bytes - residentBytes)} ${where}`;
}

/** @returns the looks of all photos */
function decodeInto(
  store: PhotoStore,
  frames: readonly Frame[],
  log: Log,
  signal: AbortSignal | undefined,
): Promise<string[]> {
  let done = 0;
  return mapConcurrently(frames, concurrency, async (frame, index) => {
    signal?.throwIfAborted();
    const image = await loadFrameImage(frame);
    await store.put(index, image);
    done++;
    log.progress?.({ what: 'decoding photos', done, total: frames.length });
    return looksOf(image);
  });
}
