/** Data sets in a store: sent once, fetched once by each machine, known by the checksum of all that is in them. */
import { existsSync } from 'node:fs';
import { readdir, rename, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { z } from 'zod';
import { mapConcurrently } from '../../data/mapConcurrently.ts';
import { RunFolderError, StoreError } from '../../errors.ts';
import { makeFolders } from '../../runFolder/makeFolders.ts';
import { takeRunLock } from '../../runFolder/runLock.ts';
import { checkKey } from './checkKey.ts';
import { openFileContent, sha256Of, textContent } from './fileContent.ts';
import type { ObjectStore } from './objectStore.ts';

const mostFiles = 200_000;
const manifestBytes = 128 * 2 ** 20;
const filesAtOnce = 8;
const lockPauseMs = 200;

/** A data set in a store: 64 hexadecimal digits, the SHA-256 of its list of files with theirs. */
export const dataIdSchema = z.string().regex(/^[0-9a-f]{64}$/, 'is no checksum of a data set');

const dataManifestSchema = z.strictObject({
  version: z.literal(1),
  files: z
    .array(
      z.strictObject({
        name: z.string().max(1024),
        bytes: z.int().nonnegative(),
        sha256: z.string().regex(/^[0-9a-f]{64}$/),
      }),
    )
    .max(mostFiles),
});
type DataManifest = z.output<typeof dataManifestSchema>;

/**
 * Sends what the store lacks of the data set in `folder`: everything but hidden files.
 * @returns what the data set is known by in the store, and elsewhere
 * @throws StoreError, also for a folder that is none, or holds more than 200,000 files
 */
export async function sendData(store: ObjectStore, folder: string): Promise<string> {
  const names = await filesOf(folder);
  const files = await mapConcurrently(names, filesAtOnce, async (name) => {
    const content = await openFileContent(path.join(folder, name)).catch((cause: Error) => {
      throw new StoreError(`the data set ${folder}: ${name} cannot be read: ${cause.message}`, { cause });
    });
    try {
      const { bytes, sha256 } = content;
      const key = objectOf(sha256);
      if (!(await store.has(key, bytes))) await store.put(key, content);
      return { name: checkKey(name.split(path.sep).join('/')), bytes, sha256 };
    } finally {
      await content.close();
    }
  });
  const text = JSON.stringify({ version: 1, files } satisfies DataManifest);
  const manifest = textContent(text);
  const key = manifestOf(manifest.sha256);
  if (!(await store.has(key, manifest.bytes))) await store.put(key, manifest);
  return manifest.sha256;
}

/**
 * Brings a data set into the cache, unless it is there: of processes that want the same one, one fetches and the others wait.
 * @returns its folder, which nobody may change
 * @throws StoreError where the store has no such data set, or a file of it is damaged; what `signal` was aborted with
 */
export async function fetchData(
  store: ObjectStore,
  id: string,
  cache: string,
  signal?: AbortSignal,
): Promise<string> {
  const folder = path.join(cache, 'data', dataIdSchema.parse(id));
  await makeFolders(path.dirname(folder));
  while (!existsSync(folder)) {
    signal?.throwIfAborted();
    try {
      const lock = await takeRunLock(`${folder}.lock`);
      try {
        if (!existsSync(folder)) await fetchInto(store, id, folder);
      } finally {
        await lock.release();
      }
    } catch (error) {
      // Without a cause somebody else fetches it; with one the cache cannot be written.
      if (!(error instanceof RunFolderError) || error.cause !== undefined) throw error;
      await delay(lockPauseMs);
    }
  }
  return folder;
}

async function fetchInto(store: ObjectStore, id: string, folder: string): Promise<void> {
  const { files } = await manifestIn(store, id);
  const draft = `${folder}.part`;
  // What a process that was killed had fetched: its checksums are not known to be right any more.
  await rm(draft, { recursive: true, force: true });
  await makeFolders(draft);
  await mapConcurrently(files, filesAtOnce, (file) =>
    store.fetch(objectOf(file.sha256), path.join(draft, ...checkKey(file.name).split('/')), file),
  );
  await rename(draft, folder);
}

async function manifestIn(store: ObjectStore, id: string): Promise<DataManifest> {
  const bytes = await store.read(manifestOf(id), manifestBytes);
  if (!bytes)
    throw new StoreError(
      `the store ${store.shown} has no data set ${id.slice(0, 12)}: was the sweep sent to this store?`,
    );
  const damaged = () =>
    new StoreError(`the store ${store.shown}: the list of files of data set ${id.slice(0, 12)} is damaged`);
  if (sha256Of(bytes) !== id) throw damaged();
  return dataManifestSchema.parse(JSON.parse(Buffer.from(bytes).toString()));
}

function objectOf(sha256: string): string {
  return `data/files/${sha256.slice(0, 2)}/${sha256}`;
}

function manifestOf(id: string): string {
  return `data/${id}.json`;
}

/** Sorted, so that one data set has one checksum. Links are followed: photos often are some. */
async function filesOf(folder: string): Promise<string[]> {
  const found: string[] = [];
  const walk = async (inside: string, depth: number): Promise<void> => {
    const entries = await readdir(path.join(folder, inside), { withFileTypes: true });
    for (const { name } of entries.sort((a, b) => (a.name < b.name ? -1 : 1))) {
      if (name.startsWith('.')) continue;
      const at = path.join(inside, name);
      if ((await stat(path.join(folder, at))).isDirectory()) {
        if (depth === deepest)
          throw new StoreError(`the data set ${folder}: ${at} lies too deep, or a link leads in a circle`);
        await walk(at, depth + 1);
      } else found.push(at);
      if (found.length > mostFiles)
        throw new StoreError(
          `the data set ${folder} has more than ${mostFiles} files: is it the right folder?`,
        );
    }
  };
  await walk('', 0).catch((error: unknown) => {
    if (error instanceof StoreError) throw error;
    throw new StoreError(`the data set ${folder} cannot be read: ${(error as Error).message}`, {
      cause: error,
    });
  });
  if (found.length === 0) throw new StoreError(`the data set ${folder} is empty`);
  return found;
}

const deepest = 16;
