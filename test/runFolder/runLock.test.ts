import { spawn } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, utimesSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { RunFolderError } from '../../src/errors.ts';
import { takeRunLock } from '../../src/runFolder/runLock.ts';
import { temporaryFolder } from '../support/temporaryFolder.ts';

const lockIn = (folder: string) => path.join(folder, 'run.lock');

/** Another process that holds the lock. */
async function otherHolder(lock: string) {
  const holder = spawn(process.execPath, ['--import', 'tsx', 'test/support/holdLock.ts', lock], {
    cwd: path.resolve(import.meta.dirname, '../..'),
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  onTestFinished(() => void holder.kill('SIGKILL'));
  await new Promise((resolve) => holder.stdout.once('data', resolve));
  return holder;
}

describe('runLock', () => {
  it('[RF3] is taken once, given back, and taken again', async () => {
    const folder = temporaryFolder();
    const release = await takeRunLock(lockIn(folder));
    await expect(takeRunLock(lockIn(folder))).rejects.toThrow(
      new RunFolderError(`${folder} is in use by process ${process.pid}. Stop that run first.`, folder),
    );
    await release();
    expect(readdirSync(folder)).toEqual([]);
    await (await takeRunLock(lockIn(folder)))();
  });

  it('[RF3] belongs to another process until that is killed', async () => {
    const folder = temporaryFolder();
    const holder = await otherHolder(lockIn(folder));
    await expect(takeRunLock(lockIn(folder))).rejects.toThrow(`in use by process ${holder.pid}`);
    const gone = new Promise((resolve) => holder.once('exit', resolve));
    holder.kill('SIGKILL');
    await gone;
    expect(existsSync(lockIn(folder))).toBe(true);
    const release = await takeRunLock(lockIn(folder));
    expect(JSON.parse(readFileSync(lockIn(folder), 'utf8')).pid).toBe(process.pid);
    await release();
    expect(readdirSync(folder)).toEqual([]);
  });

  it.skipIf(process.platform !== 'linux')(
    '[RF3] is stale when its number now belongs to a later process',
    async () => {
      const folder = temporaryFolder();
      const before = { pid: process.pid, began: '1', id: 'of an earlier process' };
      writeFileSync(lockIn(folder), JSON.stringify(before));
      await (await takeRunLock(lockIn(folder)))();
      expect(readdirSync(folder)).toEqual([]);
    },
  );

  it.each(['', '{"pid":', 'null', '"x"', '{"pid":"7"}'])(
    '[RF3] is stale when it holds %j',
    async (content) => {
      const folder = temporaryFolder();
      writeFileSync(lockIn(folder), content);
      await (await takeRunLock(lockIn(folder)))();
      expect(readdirSync(folder)).toEqual([]);
    },
  );

  it('[RF3] goes to one of many who clear a stale lock at the same time', async () => {
    const folder = temporaryFolder();
    writeFileSync(lockIn(folder), '{"pid":999999999,"began":"1"}');
    const attempts = await Promise.allSettled(Array.from({ length: 20 }, () => takeRunLock(lockIn(folder))));
    expect(attempts.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    for (const attempt of attempts)
      if (attempt.status === 'rejected') expect(attempt.reason).toBeInstanceOf(RunFolderError);
    expect(readdirSync(folder)).toEqual(['run.lock']);
  });

  it('[RF3] is cleared, too, when an earlier clearing was cut off', async () => {
    const folder = temporaryFolder();
    writeFileSync(lockIn(folder), '{"pid":999999999,"began":"1"}');
    writeFileSync(`${lockIn(folder)}.clearing`, '999999999');
    const longAgo = new Date(Date.now() - 60_000);
    utimesSync(`${lockIn(folder)}.clearing`, longAgo, longAgo);
    await (await takeRunLock(lockIn(folder)))();
    expect(readdirSync(folder)).toEqual([]);
  });

  it('does not give back a lock that another one has taken since', async () => {
    const folder = temporaryFolder();
    const release = await takeRunLock(lockIn(folder));
    writeFileSync(lockIn(folder), 'of somebody else');
    await release();
    expect(readFileSync(lockIn(folder), 'utf8')).toBe('of somebody else');
  });

  it('says where it cannot be written', async () => {
    const folder = path.join(temporaryFolder(), 'missing');
    await expect(takeRunLock(lockIn(folder))).rejects.toThrow(`${folder}: the run folder cannot be written`);
  });
});
