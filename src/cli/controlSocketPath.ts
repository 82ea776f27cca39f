/** Where a run's control socket lies: in its folder, or, if that path is too long for a socket, in a private short one. */
import { mkdtemp, readFile, rmdir, unlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';

/** The longest path a Unix socket may have, in bytes (Linux: 108 with the final zero). */
const maxSocketPathBytes = 107;

/** The name of the socket in the run folder, and of the file that says where it is instead. */
const socketName = 'control.sock';
const pointerName = 'control.path';

/** A place for a socket, and how to clear it away. */
export interface SocketPlace {
  readonly path: string;
  /** Removes the socket and what was made for it; never throws. */
  clear(): Promise<void>;
}

/**
 * Makes room for a run's control socket: removes what an earlier, killed session left behind.
 * If the path in the run folder is longer than 107 bytes, a private folder (mode 0700) under the system's temporary
 * folder is made, and `control.path` in the run folder names the socket in it.
 */
export async function claimSocketPlace(runDir: string): Promise<SocketPlace> {
  await clearStale(runDir);
  const direct = path.join(runDir, socketName);
  if (Buffer.byteLength(direct) <= maxSocketPathBytes)
    return { path: direct, clear: () => clearStale(runDir) };
  const folder = await mkdtemp(path.join(tmpdir(), 'nerfstream-'));
  const short = path.join(folder, socketName);
  await writeFile(path.join(runDir, pointerName), short, { mode: 0o600 });
  return { path: short, clear: () => clearStale(runDir) };
}

/** Where a client finds the socket of the run in `runDir`. The socket need not exist. */
export async function findSocket(runDir: string): Promise<string> {
  return (await readPointer(runDir)) ?? path.join(runDir, socketName);
}

async function clearStale(runDir: string): Promise<void> {
  const elsewhere = await readPointer(runDir);
  // Only a folder of the form that this module makes is removed, whatever the file says.
  if (elsewhere !== undefined && path.basename(path.dirname(elsewhere)).startsWith('nerfstream-')) {
    await ignoringMissing(unlink(elsewhere));
    await rmdir(path.dirname(elsewhere)).catch(() => {});
  }
  await ignoringMissing(unlink(path.join(runDir, pointerName)));
  await ignoringMissing(unlink(path.join(runDir, socketName)));
}

async function readPointer(runDir: string): Promise<string | undefined> {
  const text = await readFile(path.join(runDir, pointerName), 'utf8').catch(() => undefined);
  return text === undefined || path.basename(text) !== socketName ? undefined : text;
}

async function ignoringMissing(removal: Promise<void>): Promise<void> {
  await removal.catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'ENOENT') throw error;
  });
}
