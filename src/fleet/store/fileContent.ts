/** A file, or text, as content of a store: read once for its checksum, and again each time that it is sent. */
import { createHash } from 'node:crypto';
import { type FileHandle, open } from 'node:fs/promises';
import { Readable } from 'node:stream';
import type { Content } from './objectStore.ts';

/** Large enough that hashing and sending wait little, small enough to hold several. */
const pieceBytes = 1024 * 1024;

/** Content of a file that stays open, so that it can be sent even when it is deleted meanwhile. */
export interface FileContent extends Content {
  close(): Promise<void>;
}

/**
 * Opens a file as it is now: what is appended later is not part of it.
 * @throws the system's error
 */
export async function openFileContent(file: string): Promise<FileContent> {
  const handle = await open(file, 'r');
  try {
    const { size: bytes } = await handle.stat();
    const read = () => Readable.from(piecesOf(handle, bytes), { objectMode: false });
    const hash = createHash('sha256');
    for await (const piece of piecesOf(handle, bytes)) hash.update(piece);
    return { bytes, sha256: hash.digest('hex'), read, close: () => handle.close() };
  } catch (error) {
    await handle.close();
    throw error;
  }
}

/** Checksum of what is in memory, as contents have it. */
export function sha256Of(data: Uint8Array): string {
  return createHash('sha256').update(data).digest('hex');
}

/** Text as content. */
export function textContent(text: string): Content {
  const data = Buffer.from(text);
  return {
    bytes: data.length,
    sha256: sha256Of(data),
    read: () => Readable.from([data], { objectMode: false }),
  };
}

async function* piecesOf(handle: FileHandle, end: number): AsyncGenerator<Buffer> {
  for (let at = 0; at < end; ) {
    const piece = Buffer.allocUnsafe(Math.min(pieceBytes, end - at));
    const { bytesRead } = await handle.read(piece, 0, piece.length, at);
    if (bytesRead === 0) throw new Error('the file became shorter while it was read');
    at += bytesRead;
    yield piece.subarray(0, bytesRead);
  }
}
