/** Reading checkpoints from files: whole, their header alone, or what people want to know of them. */
import { type FileHandle, open, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { loadHash64 } from '../hash64.ts';
import type { Checkpoint } from './checkpoint.ts';
import type { CheckpointHeader } from './checkpointHeader.ts';
import { type CheckpointDtype, preambleBytes } from './checkpointLayout.ts';
import { type DecodedHeader, decodeHeader, decodePreamble } from './codec.ts';
import { damagedCheckpoint } from './damagedCheckpoint.ts';
import { blobVerifier, checkpointOver } from './decodeCheckpoint.ts';
import { fileSystemError } from './fileSystemError.ts';

/** A checkpoint of a folder. */
export interface CheckpointFile {
  /** Path: the folder and the name. */
  readonly file: string;
  readonly step: number;
}

/** What `inspect` prints. Equal bits of a tensor give equal checksums, on any machine and at any time. */
export interface CheckpointInspection {
  readonly step: number;
  readonly engine: string;
  /** XXH64 of the configuration as JSON with sorted keys. */
  readonly configHash: string;
  readonly config: unknown;
  readonly tensors: readonly {
    readonly name: string;
    readonly shape: readonly number[];
    readonly dtype: CheckpointDtype;
    /** XXH64 of the tensor's bytes. */
    readonly checksum: string;
  }[];
  /** Size of the file. */
  readonly bytes: number;
}

/** The name of a step's checkpoint: `step-000001000.ckpt`. */
export function checkpointFileName(step: number): string {
  return `step-${String(step).padStart(9, '0')}.ckpt`;
}

/** The checkpoints in a folder, newest step first; none when the folder does not exist. @throws CheckpointError */
export async function listCheckpoints(folder: string): Promise<CheckpointFile[]> {
  let names: string[];
  try {
    names = await readdir(folder);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw fileSystemError(error, `The checkpoints in ${folder} cannot be listed`, folder);
  }
  return names
    .flatMap((name) => {
      const digits = /^step-(\d{9,15})\.ckpt$/.exec(name)?.[1];
      return digits === undefined ? [] : [{ file: join(folder, name), step: Number(digits) }];
    })
    .sort((a, b) => b.step - a.step);
}

/** Reads and verifies a whole checkpoint. @throws CheckpointError */
export async function loadCheckpoint(file: string): Promise<Checkpoint> {
  const { bytes, decoded } = await readVerified(file);
  return checkpointOver(bytes, decoded);
}

/** Reads and verifies a checkpoint's header; of the tensors only the total size is checked. @throws CheckpointError */
export function readCheckpointHeader(file: string): Promise<CheckpointHeader> {
  return withFile(file, async (handle, size) => (await readHead(handle, size, file)).decoded.header);
}

/** Verifies a checkpoint and describes it. @throws CheckpointError */
export async function inspectCheckpoint(file: string): Promise<CheckpointInspection> {
  const { bytes, decoded } = await readVerified(file);
  const { step, engine, configHash, config } = decoded.header;
  const tensors = decoded.header.tensors.map(({ name, shape, dtype, checksum }) => ({
    name,
    shape,
    dtype,
    checksum,
  }));
  return { step, engine, configHash, config, tensors, bytes: bytes.length };
}

/** Verifies while it reads. Memory is asked for only after the file was seen to be as long as it says. */
function readVerified(file: string): Promise<{ bytes: Uint8Array; decoded: DecodedHeader }> {
  return withFile(file, async (handle, size) => {
    const { head, decoded } = await readHead(handle, size, file);
    const bytes = new Uint8Array(size);
    bytes.set(head);
    const verify = blobVerifier(bytes, decoded, await loadHash64(), file);
    for await (const end of readInOrder(handle, bytes, head.length, file)) verify(end);
    return { bytes, decoded };
  });
}

async function readHead(handle: FileHandle, size: number, file: string) {
  const start = new Uint8Array(Math.min(size, preambleBytes));
  await readInto(handle, start, 0, start.length, file);
  const { headerLength, fileLength } = decodePreamble(start, file);
  if (fileLength !== size) throw damagedCheckpoint(file, `it has ${size} bytes, ${fileLength} were written`);
  const head = new Uint8Array(Math.min(size, preambleBytes + headerLength));
  await readInto(handle, head, 0, head.length, file);
  return { head, decoded: await decodeHeader(head, file) };
}

/** Getting fresh memory takes longer than reading: several threads share both, while this one verifies. */
const readsAtOnce = 3;
const readBytesAtOnce = 2 * 1024 * 1024;

/** Fills `bytes` from `start` on, several pieces at the same time; yields how far it is complete. */
async function* readInOrder(handle: FileHandle, bytes: Uint8Array, start: number, file: string) {
  const pending: { readonly end: number; readonly read: Promise<void> }[] = [];
  let next = start;
  const readOn = (): void => {
    const from = next;
    next = Math.min(bytes.length, from + readBytesAtOnce);
    if (from === next) return;
    const read = readInto(handle, bytes, from, next, file);
    read.catch(() => undefined);
    pending.push({ end: next, read });
  };
  for (let count = 0; count < readsAtOnce; count++) readOn();
  try {
    for (let piece = pending.shift(); piece !== undefined; piece = pending.shift()) {
      await piece.read;
      readOn();
      yield piece.end;
    }
  } finally {
    await Promise.allSettled(pending.map(({ read }) => read));
  }
}

async function readInto(handle: FileHandle, bytes: Uint8Array, start: number, end: number, file: string) {
  for (let at = start; at < end; ) {
    const { bytesRead } = await handle.read(bytes, at, end - at, at);
    if (bytesRead === 0) throw damagedCheckpoint(file, 'it became shorter');
    at += bytesRead;
  }
}

async function withFile<T>(file: string, use: (handle: FileHandle, size: number) => Promise<T>): Promise<T> {
  let handle: FileHandle | undefined;
  try {
    handle = await open(file, 'r');
    const stat = await handle.stat();
    if (!stat.isFile()) throw damagedCheckpoint(file, 'it is not a file');
    return await use(handle, stat.size);
  } catch (error) {
    throw fileSystemError(error, `${file} cannot be read`, file);
  } finally {
    await handle?.close();
  }
}
