/** File systems without hard links (exFAT, FAT, SMB, object stores): whoever tries to make one is refused, as there. */
import { readdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { expect, it, vi } from 'vitest';
import { createRunFolder, openRunFolder } from '../../src/runFolder/runFolder.ts';
import { temporaryFolder } from '../support/temporaryFolder.ts';

vi.mock('node:fs/promises', async (original) => {
  const refuse = async () => {
    throw Object.assign(new Error('EPERM: operation not permitted, link'), { code: 'EPERM' });
  };
  return { ...(await original<typeof import('node:fs/promises')>()), link: refuse };
});

it('[RF3] a run folder is locked, and a stale lock cleared, without hard links', async () => {
  const runDir = path.join(temporaryFolder(), 'run');
  const folder = await createRunFolder(runDir);
  await expect(openRunFolder(runDir)).rejects.toThrow('in use by process');
  await folder.release();
  writeFileSync(folder.paths.lock, '{"pid":999999999,"began":"1"}');
  await (await openRunFolder(runDir)).release();
  expect(readdirSync(runDir)).toEqual(['checkpoints']);
});
