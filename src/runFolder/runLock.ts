/** The lock of a run folder: two processes never write one run, and a killed process never blocks it. */
import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { link, readFile, rm, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { RunFolderError } from '../errors.ts';

interface Holder {
  readonly pid: number;
  /** When the process began, as the system counts it: tells it from a later one with the same number. */
  readonly began: string | null;
}

const attempts = 50;
const waitMs = 20;
const abandonedMs = 10_000;

/**
 * Takes the lock `file`. One whose process is gone is cleared.
 * @returns a function that gives it back. @throws RunFolderError when a living process has it, or it cannot be written.
 */
export async function takeRunLock(file: string): Promise<() => Promise<void>> {
  const content = JSON.stringify({ pid: process.pid, began: beginningOf(process.pid), id: randomUUID() });
  for (let attempt = 0; attempt < attempts; attempt++) {
    if (await place(file, content)) return () => giveBack(file, content);
    await clearIfStale(file);
  }
  throw inUse(file, undefined);
}

/** Creates the file with its whole content in one step; false if there is one already. */
async function place(file: string, content: string): Promise<boolean> {
  const draft = `${file}.${randomUUID()}`;
  try {
    await writeFile(draft, content, { mode: 0o600 });
    await link(draft, file);
    return true;
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'EEXIST') return false;
    const folder = path.dirname(file);
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new RunFolderError(`${folder}: the run folder cannot be written (${reason}).`, folder, { cause });
  } finally {
    await rm(draft, { force: true });
  }
}

/**
 * Removes the lock of a process that is gone. Only who holds the `.clearing` file beside it may do so: otherwise one
 * process could remove the lock that another one has just taken.
 */
async function clearIfStale(file: string): Promise<void> {
  const content = await readIfThere(file);
  if (content === undefined) return;
  const holder = parseHolder(content);
  if (holder && isAlive(holder)) throw inUse(file, holder.pid);
  const clearing = `${file}.clearing`;
  if (!(await place(clearing, String(process.pid)))) {
    await removeIfAbandoned(clearing);
    await new Promise((resolve) => setTimeout(resolve, waitMs));
    return;
  }
  try {
    if ((await readIfThere(file)) === content) await rm(file, { force: true });
  } finally {
    await rm(clearing, { force: true });
  }
}

/** Clearing takes milliseconds; a file this old is of a process that was killed while it cleared. */
async function removeIfAbandoned(clearing: string): Promise<void> {
  const found = await stat(clearing).catch(() => undefined);
  // The clock may have been set back since.
  if (found && Math.abs(Date.now() - found.mtimeMs) > abandonedMs) await rm(clearing, { force: true });
}

function readIfThere(file: string): Promise<string | undefined> {
  return readFile(file, 'utf8').catch(() => undefined);
}

async function giveBack(file: string, content: string): Promise<void> {
  if ((await readIfThere(file)) === content) await rm(file, { force: true });
}

function parseHolder(content: string): Holder | undefined {
  try {
    const { pid, began } = JSON.parse(content) as Partial<Holder>;
    return typeof pid === 'number' ? { pid, began: began ?? null } : undefined;
  } catch {
    return undefined;
  }
}

function isAlive({ pid, began }: Holder): boolean {
  try {
    process.kill(pid, 0);
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== 'EPERM') return false;
  }
  return began === null || beginningOf(pid) === began;
}

/** Field 22 of /proc/<pid>/stat; null where the system has no such file. */
function beginningOf(pid: number): string | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? null;
  } catch {
    return null;
  }
}

function inUse(file: string, pid: number | undefined): RunFolderError {
  const folder = path.dirname(file);
  const holder = pid === undefined ? 'another process' : `process ${pid}`;
  return new RunFolderError(`${folder} is in use by ${holder}. Stop that run first.`, folder);
}
