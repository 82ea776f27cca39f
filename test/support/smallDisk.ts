/** Small file systems for tests of full disks, where the test may mount some: as root, and not in every container. */
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmdirSync, rmSync, statfsSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { onTestFinished } from 'vitest';

/** Runs `mount`. @returns whether it worked */
export function mount(...args: string[]): boolean {
  return spawnSync('mount', args).status === 0;
}

function unmount(folder: string): void {
  spawnSync('umount', ['-l', folder]);
  rmdirSync(folder);
}

/** Whether file systems can be mounted here. */
export function canMount(): boolean {
  if (process.getuid?.() !== 0) return false;
  const folder = mkdtempSync(path.join(tmpdir(), 'nerfstream-disk-'));
  const mounted = mount('-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', folder);
  if (mounted) unmount(folder);
  else rmdirSync(folder);
  return mounted;
}

/** A disk of a few megabytes, gone when the running test has finished. */
export function smallDisk(megabytes: number): string {
  const folder = mkdtempSync(path.join(tmpdir(), 'nerfstream-disk-'));
  if (!mount('-t', 'tmpfs', '-o', `size=${megabytes}m`, 'tmpfs', folder)) throw new Error('cannot mount');
  onTestFinished(() => unmount(folder));
  return folder;
}

/** Fills a disk but for `spareBytes`; gives a function that makes room again. */
export function fillDisk(folder: string, spareBytes: number): () => void {
  mkdirSync(folder, { recursive: true });
  const file = path.join(folder, 'of-somebody-else');
  const { bavail, bsize } = statfsSync(folder);
  writeFileSync(file, new Uint8Array(bavail * bsize - spareBytes));
  return () => rmSync(file);
}
