/** How much memory this process may still take, containers' limits counted. */
import { readFileSync } from 'node:fs';
import os from 'node:os';
import { dirname, join } from 'node:path';

/** Files of a control group: what it may take, what it takes, and what of that are file pages which the system gives up when asked. */
interface GroupFiles {
  readonly limit: string;
  readonly used: string;
  readonly reclaimable: RegExp;
}
const version2: GroupFiles = {
  limit: 'memory.max',
  used: 'memory.current',
  reclaimable: /^(?:in)?active_file (\d+)$/gm,
};
const version1: GroupFiles = {
  limit: 'memory.limit_in_bytes',
  used: 'memory.usage_in_bytes',
  reclaimable: /^total_(?:in)?active_file (\d+)$/gm,
};

/**
 * Bytes that are free: of the machine, and of every control group (a container, a job of a cluster) that this process lies in.
 * Pages of files count as free.
 * @param root of the file system; another one for tests
 */
export function freeMemory(root = '/'): number {
  const free = [availableOf(root), ...groupFolders(root).map(({ folder, files }) => freeOf(folder, files))];
  return Math.max(0, Math.min(...free));
}

/** Of the machine. `os.freemem` does not count pages of files on every version of Node.js. */
function availableOf(root: string): number {
  const [, kilobytes] = /^MemAvailable:\s+(\d+) kB$/m.exec(textOf(join(root, 'proc/meminfo'))) ?? [];
  return kilobytes === undefined ? os.freemem() : Number(kilobytes) * 1024;
}

/** Folders of the process's groups that may limit memory, from the innermost to the outermost one. */
function groupFolders(root: string) {
  const lines = textOf(join(root, 'proc/self/cgroup')).split('\n');
  return lines.flatMap((line) => {
    const [, controllers, path] = /^\d+:([^:]*):(\/.*)$/.exec(line) ?? [];
    if (path === undefined) return [];
    if (controllers === '') return ancestors(join(root, 'sys/fs/cgroup'), path, version2);
    if (!controllers!.split(',').includes('memory')) return [];
    return ancestors(join(root, 'sys/fs/cgroup/memory'), path, version1);
  });
}

/** In a container the path may be that of the host, which is not there: the outermost folder always is. */
function ancestors(base: string, path: string, files: GroupFiles) {
  const folders = [];
  for (let at = path; ; at = dirname(at)) {
    folders.push({ folder: join(base, at), files });
    if (at === '/') return folders;
  }
}

function freeOf(folder: string, { limit, used, reclaimable }: GroupFiles): number {
  const most = Number.parseInt(textOf(join(folder, limit)), 10);
  const taken = Number.parseInt(textOf(join(folder, used)), 10);
  // `max`, or no such file: no limit.
  if (!Number.isFinite(most) || !Number.isFinite(taken)) return Number.POSITIVE_INFINITY;
  const pages = [...textOf(join(folder, 'memory.stat')).matchAll(reclaimable)];
  return most - taken + pages.reduce((sum, [, bytes]) => sum + Number(bytes), 0);
}

function textOf(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}
