/**
 * A run in a store. Its files lie there under names that say what is in them, so that none is ever changed, and one small object, the
 * manifest, says which of them are the run: who reads it has a whole run, whoever writes meanwhile.
 */
import { randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';
import { readCheckpointHeader } from '../../checkpoint/checkpointFiles.ts';
import { mapConcurrently } from '../../data/mapConcurrently.ts';
import { StoreError } from '../../errors.ts';
import type { Log } from '../../log.ts';
import { type RunEnd, runEndSchema } from '../runJob.ts';
import { checkKey } from './checkKey.ts';
import { openFileContent, sha256Of, textContent } from './fileContent.ts';
import type { Expected, ObjectStore } from './objectStore.ts';

const manifestBytes = 16 * 2 ** 20;
const filesAtOnce = 4;

const storedFileSchema = z.strictObject({
  name: z.string().max(1024).describe("Where it lies in the run's folder, with `/`."),
  bytes: z.int().nonnegative(),
  sha256: z.string().regex(/^[0-9a-f]{64}$/),
});
type StoredFile = z.output<typeof storedFileSchema>;

const manifestSchema = z.strictObject({
  version: z.literal(1),
  session: z.string().max(64).describe('Who wrote it.'),
  turn: z
    .int()
    .positive()
    .describe('How often the run has been taken. Whoever took it earlier sends nothing any more.'),
  end: runEndSchema
    .optional()
    .describe('How the session ended; absent while it goes on, or where it vanished.'),
  files: z.array(storedFileSchema).max(100_000),
});
export type RunManifest = z.output<typeof manifestSchema>;

/** What of a run folder is sent while the run goes on: enough to go on elsewhere. */
const whileTraining = /^(config\.yaml|metrics\.jsonl|summary\.json|checkpoints\/[^/]+)$/;
/** What belongs to a process and not to the run. */
const ofAProcess = /(^|\/)(run\.lock|control\.sock|control\.path)|\.(tmp|clearing)$/;

export interface StoredRun {
  /** What the store knows of the run; undefined where it knows nothing. @throws StoreError */
  manifest(): Promise<RunManifest | undefined>;
  /**
   * Brings the run into `folder`: all of its files, each checked. A checkpoint that is damaged is left out, and told.
   * @returns what was brought; undefined where the store has no such run
   * @throws StoreError where a file other than a checkpoint, or every checkpoint, cannot be brought
   */
  fetch(folder: string): Promise<RunManifest | undefined>;
  /**
   * One file of the run, checked.
   * @returns undefined where the run has none of this name
   * @throws StoreError where it is longer than `mostBytes`, or damaged
   */
  read(name: string, mostBytes: number): Promise<Uint8Array | undefined>;
  /** The whole run, as by `fetch`, and the run is this session's from now on: what an earlier one still sends is refused. */
  take(folder: string): Promise<RunManifest | undefined>;
  /**
   * Sends what is new in `folder`, then says so in the manifest, then removes what no longer belongs to the run.
   * @param end of the session: then everything in the folder is sent
   * @returns false where another session has taken the run since: nothing of it was touched
   */
  send(folder: string, end?: RunEnd): Promise<boolean>;
}

export interface StoredRunOptions {
  readonly sweep: string;
  readonly run: string;
  readonly log: Pick<Log, 'warn'>;
}

/** @throws StoreError for names that are none of a folder */
export function storedRun(store: ObjectStore, { sweep, run, log }: StoredRunOptions): StoredRun {
  const place = checkKey(`runs/${checkName(sweep)}/${checkName(run)}`);
  const session = randomUUID();
  /** What this session has written last; undefined before it has taken the run. */
  let own: RunManifest | undefined;

  const manifest = () => readManifest(store, `${place}/manifest.json`);
  const write = async (now: RunManifest) => {
    await store.put(`${place}/manifest.json`, textContent(`${JSON.stringify(now)}\n`));
    own = now;
  };
  const isStillOwn = async () => (await manifest())?.session === session;
  const removeFormer = async (before: RunManifest, now: RunManifest) => {
    const kept = new Set(now.files.map((file) => objectOf(place, file)));
    const former = before.files.map((file) => objectOf(place, file)).filter((key) => !kept.has(key));
    await mapConcurrently(former, filesAtOnce, (key) => store.remove(key));
  };
  const fetch = async (folder: string) => {
    const found = await manifest();
    if (found) await fetchFiles(store, place, found, folder, log);
    return found;
  };
  return {
    manifest,
    fetch,
    async read(name, mostBytes) {
      const file = (await manifest())?.files.find((one) => one.name === name);
      const bytes = file && (await store.read(objectOf(place, file), mostBytes));
      if (bytes && sha256Of(bytes) !== file.sha256)
        throw new StoreError(`the store ${store.shown}: ${name} of ${sweep}/${run} is damaged`);
      return bytes;
    },
    async take(folder) {
      const found = await fetch(folder);
      await write({ version: 1, session, turn: (found?.turn ?? 0) + 1, files: found?.files ?? [] });
      return found;
    },
    async send(folder, end) {
      if (!own) throw new StoreError(`${place} was not taken before it was sent`);
      if (!(await isStillOwn())) return false;
      const before = own;
      const files = await sendFiles(store, place, folder, { all: end !== undefined, before });
      // Sending may have taken long.
      if (!(await isStillOwn())) return false;
      const now: RunManifest = { version: 1, session, turn: before.turn, files, ...(end && { end }) };
      await write(now);
      await removeFormer(before, now);
      return true;
    },
  };
}

async function readManifest(store: ObjectStore, key: string): Promise<RunManifest | undefined> {
  const bytes = await store.read(key, manifestBytes);
  if (!bytes) return undefined;
  try {
    const found = manifestSchema.parse(JSON.parse(Buffer.from(bytes).toString()));
    for (const { name } of found.files) checkKey(name);
    return found;
  } catch (cause) {
    throw new StoreError(
      `the store ${store.shown}: ${key} is no manifest of a run, or one of another version`,
      {
        cause,
      },
    );
  }
}

/** Content first in the name: two files of one name and different content never meet. */
function objectOf(place: string, { name, sha256 }: StoredFile): string {
  return `${place}/files/${sha256.slice(0, 32)}-${name.replaceAll('/', '-')}`;
}

async function fetchFiles(
  store: ObjectStore,
  place: string,
  { files }: RunManifest,
  folder: string,
  log: Pick<Log, 'warn'>,
): Promise<void> {
  const isCheckpoint = ({ name }: StoredFile) => name.startsWith('checkpoints/') && name.endsWith('.ckpt');
  let whole = 0;
  let damaged: unknown;
  await mapConcurrently(files, filesAtOnce, async (file) => {
    try {
      await store.fetch(objectOf(place, file), path.join(folder, ...checkKey(file.name).split('/')), file);
      if (isCheckpoint(file)) whole++;
    } catch (error) {
      if (!isCheckpoint(file)) throw error;
      damaged = error;
      log.warn({ file: file.name }, `left out: ${(error as Error).message}`);
    }
  });
  if (damaged !== undefined && whole === 0) throw damaged;
}

/** @returns everything that the run consists of now */
async function sendFiles(
  store: ObjectStore,
  place: string,
  folder: string,
  { all, before }: { readonly all: boolean; readonly before: RunManifest },
): Promise<StoredFile[]> {
  const names = (await filesIn(folder)).filter(
    (name) => !ofAProcess.test(name) && (all || whileTraining.test(name)),
  );
  const known = new Set(before.files.map((file) => objectOf(place, file)));
  const sent = await mapConcurrently(names, filesAtOnce, async (name) => {
    const file = path.join(folder, ...name.split('/'));
    // Whole ones only; and the trainer deletes old ones whenever it likes.
    if (name.endsWith('.ckpt') && !(await readCheckpointHeader(file).catch(() => undefined))) return [];
    const content = await openFileContent(file).catch(ifThere);
    if (!content) return [];
    try {
      const { bytes, sha256 }: Expected = content;
      const stored = { name: checkKey(name), bytes, sha256 };
      const key = objectOf(place, stored);
      if (!known.has(key) && !(await store.has(key, bytes))) await store.put(key, content);
      return [stored];
    } finally {
      await content.close();
    }
  });
  return sent.flat();
}

/** All files below a folder, with `/`; links are not followed. */
async function filesIn(folder: string): Promise<string[]> {
  if (!existsSync(folder)) return [];
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => path.relative(folder, path.join(entry.parentPath, entry.name)).split(path.sep).join('/'))
    .sort();
}

function ifThere(error: NodeJS.ErrnoException): undefined {
  if (error.code !== 'ENOENT') throw error;
}

function checkName(name: string): string {
  if (name.includes('/')) throw new StoreError(`${JSON.stringify(name)} is no name of a run or sweep`);
  return name;
}
