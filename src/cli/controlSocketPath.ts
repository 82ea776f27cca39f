/** Where a run's control socket lies: in its folder, or, if that path is too long for a socket, in a private short one. */
import { createHash } from 'node:crypto';
import { mkdtemp, readFile, rmdir, unlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';

/** The longest path a Unix socket may have, in bytes, without the final zero: `sun_path` has 104 on macOS and 108 on Linux. */
export function maxSocketPathBytes(platform: NodeJS.Platform): number {
  return platform === 'darwin' ? 103 : 107;
}

/** The name of the socket in the run folder, and of the file that says where it is instead. */
const socketName = 'control.sock';
const pointerName = 'control.path';

/** A place for a socket, and how to clear it away. */
export interface SocketPlace {
  readonly path: string;
  /** Whether it will be a file: a named pipe of Windows is none. */
  readonly isFile: boolean;
  /** Removes the socket and what was made for it. */
  clear(): Promise<void>;
}

/**
 * Makes room for a run's control socket: removes what an earlier, killed session left behind.
 * If the path in the run folder is too long for a socket, a private folder (mode 0700) under the system's temporary
 * folder is made, and `control.path` in the run folder names the socket in it. On Windows it is a named pipe, which needs no room.
 */
export async function claimSocketPlace(
  runDir: string,
  platform: NodeJS.Platform = process.platform,
): Promise<SocketPlace> {
  if (platform === 'win32') return { path: pipeOf(runDir), isFile: false, clear: async () => {} };
  await clearStale(runDir);
  const clear = () => clearStale(runDir);
  const direct = path.join(runDir, socketName);
  if (Buffer.byteLength(direct) <= maxSocketPathBytes(platform)) return { path: direct, isFile: true, clear };
  const folder = await mkdtemp(path.join(tmpdir(), 'nerfstream-'));
  const short = path.join(folder, socketName);
  try {
    await writeFile(path.join(runDir, pointerName), short, { mode: 0o600 });
  } catch (error) {
    await rmdir(folder).catch(() => {});
    throw error;
  }
  return { path: short, isFile: true, clear };
}

/** Where a client finds the socket of the run in `runDir`. The socket need not exist. */
export async function findSocket(
  runDir: string,
  platform: NodeJS.Platform = process.platform,
): Promise<string> {
  if (platform === 'win32') return pipeOf(runDir);
  return (await readPointer(runDir)) ?? path.join(runDir, socketName);
}

/** One pipe for each run folder, however its path is spelled. */
function pipeOf(runDir: string): string {
  const folder = path.resolve(runDir).toLowerCase();
  return `\\\\.\\pipe\\nerfstream-${createHash('sha256').update(folder).digest('hex').slice(0, 32)}`;
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
