import { mkdirSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { freeMemory } from '../src/freeMemory.ts';
import { temporaryFolder } from './support/temporaryFolder.ts';

/** A root of the file system with these files. */
function rootWith(files: Readonly<Record<string, string>>): string {
  const root = temporaryFolder();
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(root, name)), { recursive: true });
    writeFileSync(join(root, name), text);
  }
  return root;
}

const meminfo = 'MemTotal:       16000000 kB\nMemFree:          300000 kB\nMemAvailable:    8000000 kB\n';
const machine = 8_000_000 * 1024;

describe('freeMemory', () => {
  it('[DA23] is that of the machine without limits', () => {
    expect(freeMemory(rootWith({ 'proc/meminfo': meminfo }))).toBe(machine);
    expect(freeMemory(temporaryFolder())).toBeGreaterThan(0);
    expect(freeMemory()).toBeLessThanOrEqual(os.totalmem());
  });

  it.each([
    ['a container', '0::/\n', ''],
    ['a job within a limited group', '0::/batch/job-1\n', 'batch/'],
  ])('[DA23] counts the limit of %s (cgroup v2); pages of files are free', (_, cgroup, folder) => {
    const files = {
      'proc/meminfo': meminfo,
      'proc/self/cgroup': cgroup,
      'sys/fs/cgroup/batch/job-1/memory.max': 'max\n',
      'sys/fs/cgroup/batch/job-1/memory.current': '1000\n',
      [`sys/fs/cgroup/${folder}memory.max`]: '4000000000\n',
      [`sys/fs/cgroup/${folder}memory.current`]: '3500000000\n',
      [`sys/fs/cgroup/${folder}memory.stat`]:
        'anon 900000000\nfile 2600000000\ninactive_file 1700000000\nactive_file 300000000\n',
    };
    expect(freeMemory(rootWith(files))).toBe(4e9 - 3.5e9 + 2e9);
  });

  it('[DA23] counts the limit of a container (cgroup v1), whose path may be that of the host', () => {
    const files = {
      'proc/meminfo': meminfo,
      'proc/self/cgroup': '5:cpu,cpuacct:/docker/abc\n4:memory:/docker/abc\n0::/\n',
      'sys/fs/cgroup/memory/memory.limit_in_bytes': '2000000000\n',
      'sys/fs/cgroup/memory/memory.usage_in_bytes': '1500000000\n',
      'sys/fs/cgroup/memory/memory.stat':
        'inactive_file 1\ntotal_inactive_file 200000000\ntotal_active_file 100000000\n',
    };
    expect(freeMemory(rootWith(files))).toBe(2e9 - 1.5e9 + 0.3e9);
  });

  it('[DA23] is never negative: a group may be over its limit for a moment', () => {
    const files = {
      'proc/self/cgroup': '0::/\n',
      'sys/fs/cgroup/memory.max': '1000',
      'sys/fs/cgroup/memory.current': '2000',
    };
    expect(freeMemory(rootWith(files))).toBe(0);
  });
});
