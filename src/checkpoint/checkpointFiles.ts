/** Reading checkpoints from files: whole, their header alone, or what people want to know of them. */
import { type FileHandle, open, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { CheckpointError } from '../errors.ts';
import type { Checkpoint } from './checkpoint.ts';
import type { CheckpointHeader } from './checkpointHeader.ts';
import { type CheckpointDtype, preambleBytes } from './checkpointLayout.ts';
import { decodeCheckpoint, decodeHeader, decodePreamble } from './codec.ts';
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
  return decodeCheckpoint(await readWhole(file), file);
}

/** Reads and verifies a checkpoint's header; of the tensors only the total size is checked. @throws CheckpointError */
export function readCheckpointHeader(file: string): Promise<CheckpointHeader> {
  return withFile(file, async (handle, size) => {
    const { headerLength } = await readPreamble(handle, size, file);
    const head = await readBytes(handle, Math.min(size, preambleBytes + headerLength), file);
    return (await decodeHeader(head, file)).header;
  });
}

/** Verifies a checkpoint and describes it. @throws CheckpointError */
export async function inspectCheckpoint(file: string): Promise<CheckpointInspection> {
  const bytes = await readWhole(file);
  await decodeCheckpoint(bytes, file);
  const { header } = await decodeHeader(bytes, file);
  const { step, engine, configHash, config } = header;
  const tensors = header.tensors.map(({ name, shape, dtype, checksum }) => ({
    name,
    shape,
    dtype,
    checksum,
  }));
  return { step, engine, configHash, config, tensors, bytes: bytes.length };
}

/** Memory is asked for only after the file was seen to be as long as it says. */
function readWhole(file: string): Promise<Uint8Array> {
  return withFile(file, async (handle, size) => {
    await readPreamble(handle, size, file);
    return readBytes(handle, size, file);
  });
}

async function readPreamble(handle: FileHandle, size: number, file: string) {
  const preamble = decodePreamble(await readBytes(handle, Math.min(size, preambleBytes), file), file);
  if (preamble.fileLength !== size)
    throw new CheckpointError(
      `${file} cannot be used: it has ${size} bytes, ${preamble.fileLength} were written.`,
      file,
    );
  return preamble;
}

/** Reads that go on at the same time: most of the time goes into fresh memory, which two threads get faster than one. */
const readBytesAtOnce = 8 * 1024 * 1024;

/** The first `length` bytes. */
async function readBytes(handle: FileHandle, length: number, file: string): Promise<Uint8Array> {
  const bytes = new Uint8Array(length);
  const pieces = Math.ceil(length / readBytesAtOnce);
  let next = 0;
  const readPieces = async (): Promise<void> => {
    while (next < pieces) {
      const start = next++ * readBytesAtOnce;
      const end = Math.min(length, start + readBytesAtOnce);
      for (let at = start; at < end; ) {
        const { bytesRead } = await handle.read(bytes, at, end - at, at);
        if (bytesRead === 0) throw new CheckpointError(`${file} cannot be used: it became shorter.`, file);
        at += bytesRead;
      }
    }
  };
  await Promise.all([readPieces(), readPieces()]);
  return bytes;
}

async function withFile<T>(file: string, use: (handle: FileHandle, size: number) => Promise<T>): Promise<T> {
  let handle: FileHandle | undefined;
  try {
    handle = await open(file, 'r');
    const stat = await handle.stat();
    if (!stat.isFile()) throw new CheckpointError(`${file} cannot be used: it is not a file.`, file);
    return await use(handle, stat.size);
  } catch (error) {
    throw fileSystemError(error, `${file} cannot be read`, file);
  } finally {
    await handle?.close();
  }
}
