/**
 * The lock of a run folder: two processes never write one run, and a killed process never blocks it.
 *
 * A lock is a file that says who holds it. Whether its holder lives is known at once where its process can be seen: on
 * the same boot of the same computer, in the same process namespace (`place`). Elsewhere - another computer that shares
 * the folder, another container - the file's modification time tells, which the holder moves now and then: who wants
 * the lock watches whether it moves. No two clocks are compared, so they may differ and jump.
 */
import { randomUUID } from 'node:crypto';
import { readFileSync, readlinkSync } from 'node:fs';
import { open, rm, stat, utimes } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { RunFolderError } from '../errors.ts';

/** Who holds a lock. */
interface Holder {
  readonly pid: number;
  /** When the process began, as the system counts it: tells it from a later one with the same number. */
  readonly began: string | null;
  /** Where the process can be seen; locks of earlier versions do not say, and count as of here. */
  readonly place?: string;
}

/** A lock that this process holds. */
export interface RunLock {
  /** @throws RunFolderError when another process has taken it over while this one was suspended or cut off */
  check(): void;
  /** Gives it back; one that another process has taken over is left alone. */
  release(): Promise<void>;
}

export interface RunLockOptions {
  /** Told once, when it turns out that another process has taken the lock over. */
  readonly onLost?: (error: RunFolderError) => void;
  /** Milliseconds between two signs of life. Default 2,000. */
  readonly heartbeatMs?: number;
  /** Milliseconds without a sign of life after which a holder that cannot be seen counts as gone. Default 20,000. */
  readonly staleMs?: number;
}

const defaultHeartbeatMs = 2_000;
const defaultStaleMs = 20_000;
const attempts = 50;
const waitMs = 20;
/** Writing a lock takes milliseconds: one without readable content is of a process that was killed meanwhile. */
const unreadableMs = 1_000;
const abandonedMs = 10_000;

/**
 * Takes the lock `file`. One whose holder is gone is cleared.
 *
 * @throws RunFolderError when somebody else holds it, or it cannot be written
 */
export async function takeRunLock(file: string, options: RunLockOptions = {}): Promise<RunLock> {
  const { pid } = process;
  const content = JSON.stringify({ pid, began: beginningOf('self'), place: ownPlace(), id: randomUUID() });
  for (let attempt = 0; attempt < attempts; attempt++) {
    if (await place(file, content)) return heldLock(file, content, options);
    await clearIfStale(file, options.staleMs ?? defaultStaleMs);
  }
  throw inUse(file);
}

/** Keeps giving signs of life, and notices when the lock was taken over. */
function heldLock(file: string, content: string, { onLost, heartbeatMs }: RunLockOptions): RunLock {
  let lost: RunFolderError | undefined;
  const check = (): void => {
    if (!lost && ![content, undefined].includes(readNow(file))) {
      lost = takenOver(file);
      clearInterval(timer);
      onLost?.(lost);
    }
    if (lost) throw lost;
  };
  const beat = async (): Promise<void> => {
    try {
      check();
      const now = new Date();
      // A lock that was removed by hand is put back; a folder that cannot be reached now may be so again later.
      await utimes(file, now, now).catch(() => place(file, content));
    } catch {
      // It is lost, which was told, or the folder is gone.
    }
  };
  const timer = setInterval(beat, heartbeatMs ?? defaultHeartbeatMs).unref();
  return {
    check,
    async release() {
      clearInterval(timer);
      if (readNow(file) === content) await rm(file, { force: true });
    },
  };
}

/** Creates the file; false if there is one already. Exclusive creation works where there are no hard links, too. */
async function place(file: string, content: string): Promise<boolean> {
  try {
    const handle = await open(file, 'wx', 0o600);
    try {
      await handle.writeFile(content);
    } finally {
      await handle.close();
    }
    return true;
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'EEXIST') return false;
    const folder = path.dirname(file);
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new RunFolderError(`${folder}: the run folder cannot be written (${reason}).`, folder, { cause });
  }
}

/**
 * Removes the lock of a holder that is gone. Only who holds the `.clearing` file beside it may do so: otherwise one
 * process could remove the lock that another one has just taken.
 */
async function clearIfStale(file: string, staleMs: number): Promise<void> {
  const content = readNow(file);
  if (content === undefined) return;
  const holder = parseHolder(content);
  if (holder && isHere(holder)) {
    if (isAlive(holder)) throw inUse(file, holder.pid);
  } else if (await changesWithin(file, content, holder ? staleMs : unreadableMs)) {
    if (readNow(file) === content)
      throw inUse(file, holder?.pid, 'on another computer or in another container');
    return;
  }
  const clearing = `${file}.clearing`;
  if (!(await place(clearing, ''))) {
    await removeIfAbandoned(clearing);
    await delay(waitMs);
    return;
  }
  try {
    if (readNow(file) === content) await rm(file, { force: true });
  } finally {
    await rm(clearing, { force: true });
  }
}

/** Watches a lock for signs of life. @returns at the first one; false if there was none in `milliseconds` */
async function changesWithin(file: string, content: string, milliseconds: number): Promise<boolean> {
  const before = await modified(file);
  const until = performance.now() + milliseconds;
  while (performance.now() < until) {
    await delay(Math.min(milliseconds / 20, 500));
    if (readNow(file) !== content || (await modified(file)) !== before) return true;
  }
  return false;
}

/** Opened first: a network file system may answer `stat` alone from its memory. */
async function modified(file: string): Promise<number | undefined> {
  try {
    const handle = await open(file, 'r');
    try {
      return (await handle.stat()).mtimeMs;
    } finally {
      await handle.close();
    }
  } catch {
    return undefined;
  }
}

/** Clearing takes milliseconds; a file this old is of a process that was killed while it cleared. */
async function removeIfAbandoned(clearing: string): Promise<void> {
  const found = await stat(clearing).catch(() => undefined);
  // The clock may have been set back since.
  if (found && Math.abs(Date.now() - found.mtimeMs) > abandonedMs) await rm(clearing, { force: true });
}

/** `undefined` where there is no such file, or it cannot be read now. */
function readNow(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
}

function parseHolder(content: string): Holder | undefined {
  try {
    const { pid, began, place } = JSON.parse(content) as Partial<Holder>;
    if (typeof pid !== 'number') return undefined;
    return { pid, began: began ?? null, ...(place !== undefined && { place }) };
  } catch {
    return undefined;
  }
}

/** Whether the holder's process would be seen from here if it lives. */
function isHere({ place }: Holder): boolean {
  return place === undefined || place === ownPlace();
}

function isAlive({ pid, began }: Holder): boolean {
  try {
    process.kill(pid, 0);
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== 'EPERM') return false;
  }
  return began === null || beginningOf(pid) === began;
}

/** Computer, its boot, and namespace of process numbers; just the computer's name where the system does not say more. */
function ownPlace(): string {
  try {
    const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
    return `${boot} ${readlinkSync('/proc/self/ns/pid')}`;
  } catch {
    return os.hostname();
  }
}

/** Field 22 of /proc/<pid>/stat; null where the system has no such file, or it shows the processes of another namespace. */
function beginningOf(pid: number | 'self'): string | null {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
    if (pid === 'self' && Number.parseInt(text, 10) !== process.pid) return null;
    return text.slice(text.lastIndexOf(')') + 2).split(' ')[19] ?? null;
  } catch {
    return null;
  }
}

function inUse(file: string, pid?: number, where?: string): RunFolderError {
  const folder = path.dirname(file);
  const holder = [pid === undefined ? 'another process' : `process ${pid}`, where].filter(Boolean).join(' ');
  return new RunFolderError(`${folder} is in use by ${holder}. Stop that run first.`, folder);
}

function takenOver(file: string): RunFolderError {
  const folder = path.dirname(file);
  return new RunFolderError(
    `${folder} was taken over by another process while this one was suspended or cut off from the disk. This run ends and writes nothing more there.`,
    folder,
  );
}
