import { spawn, spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { RunFolderError } from '../../src/errors.ts';
import { takeRunLock } from '../../src/runFolder/runLock.ts';
import { temporaryFolder } from '../support/temporaryFolder.ts';

const lockIn = (folder: string) => path.join(folder, 'run.lock');

/** Another process that holds the lock; `within`: the command that starts it. */
async function otherHolder(lock: string, within: readonly string[] = []) {
  const node = [process.execPath, '--import', 'tsx', 'test/support/holdLock.ts', lock];
  const [command, ...args] = [...within, ...node];
  const holder = spawn(command!, args, {
    cwd: path.resolve(import.meta.dirname, '../..'),
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  onTestFinished(() => void holder.kill('SIGKILL'));
  await line(holder);
  return holder;
}

/** The next thing that it says. */
const line = (holder: ReturnType<typeof spawn>) =>
  new Promise<string>((resolve) => holder.stdout!.once('data', (data) => resolve(`${data}`)));

const ended = (holder: ReturnType<typeof spawn>) => {
  const gone = new Promise((resolve) => holder.once('exit', resolve));
  holder.kill('SIGKILL');
  return gone;
};

/** A process namespace of its own, as a container has; root or user namespaces are needed. */
const ownNamespace = ['unshare', '--pid', '--fork', '--map-root-user', '--mount-proc', '--kill-child'];
const hasNamespaces = spawnSync(ownNamespace[0]!, [...ownNamespace.slice(1), 'true']).status === 0;

describe('runLock', () => {
  it('[RF3] is taken once, given back, and taken again', async () => {
    const folder = temporaryFolder();
    const { release } = await takeRunLock(lockIn(folder));
    await expect(takeRunLock(lockIn(folder))).rejects.toThrow(
      new RunFolderError(`${folder} is in use by process ${process.pid}. Stop that run first.`, folder),
    );
    await release();
    expect(readdirSync(folder)).toEqual([]);
    await (await takeRunLock(lockIn(folder))).release();
  });

  it('[RF3] belongs to another process until that is killed', async () => {
    const folder = temporaryFolder();
    const holder = await otherHolder(lockIn(folder));
    await expect(takeRunLock(lockIn(folder))).rejects.toThrow(`in use by process ${holder.pid}`);
    await ended(holder);
    expect(existsSync(lockIn(folder))).toBe(true);
    const began = performance.now();
    const { release } = await takeRunLock(lockIn(folder));
    // At once: nobody waits 20 s for signs of life of a process that can be seen to be gone.
    expect(performance.now() - began).toBeLessThan(5_000);
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
      await (await takeRunLock(lockIn(folder))).release();
      expect(readdirSync(folder)).toEqual([]);
    },
  );

  it.each(['', '{"pid":', 'null', '"x"', '{"pid":"7"}'])(
    '[RF3] is stale when it holds %j',
    async (content) => {
      const folder = temporaryFolder();
      writeFileSync(lockIn(folder), content);
      await (await takeRunLock(lockIn(folder))).release();
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
    await (await takeRunLock(lockIn(folder))).release();
    expect(readdirSync(folder)).toEqual([]);
  });

  it('[RF3] of a process that cannot be seen is live while it gives signs of life, whatever its number means here', async () => {
    const folder = temporaryFolder();
    // A process number that nobody has here.
    const elsewhere = { pid: 999999999, began: '1', place: 'another computer', id: 'x' };
    writeFileSync(lockIn(folder), JSON.stringify(elsewhere));
    let beats = 0;
    // Its clock is ten years behind.
    const beating = setInterval(() => utimesSync(lockIn(folder), 1e9, 1e9 + ++beats), 50);
    await expect(takeRunLock(lockIn(folder), { staleMs: 1_000 })).rejects.toThrow(
      `${folder} is in use by process 999999999 on another computer or in another container. Stop that run first.`,
    );
    clearInterval(beating);
    const began = performance.now();
    await (await takeRunLock(lockIn(folder), { staleMs: 300 })).release();
    expect(performance.now() - began).toBeGreaterThanOrEqual(300);
    expect(readdirSync(folder)).toEqual([]);
  });

  it.skipIf(!hasNamespaces)(
    '[RF3] is held across process namespaces, as containers have them, until the holder is killed (needs unshare)',
    async () => {
      const folder = temporaryFolder();
      const holder = await otherHolder(lockIn(folder), ownNamespace);
      await expect(takeRunLock(lockIn(folder))).rejects.toThrow('in another container');
      await ended(holder);
      await (await takeRunLock(lockIn(folder), { staleMs: 1_000 })).release();
    },
  );

  it('[RF3] belongs to a suspended process of this computer; one that loses it elsewhere notices when it goes on', async () => {
    const folder = temporaryFolder();
    const holder = await otherHolder(lockIn(folder));
    holder.kill('SIGSTOP');
    await expect(takeRunLock(lockIn(folder), { staleMs: 200 })).rejects.toThrow('in use');
    const thief = JSON.stringify({ pid: 7, began: '1', place: 'another computer', id: 'thief' });
    writeFileSync(lockIn(folder), thief);
    const said = line(holder);
    holder.kill('SIGCONT');
    expect(await said).toContain(`lost: ${folder} was taken over by another process`);
    expect(readFileSync(lockIn(folder), 'utf8')).toBe(thief);
  });

  it('[RF3] is put back when it was removed by hand', async () => {
    const folder = temporaryFolder();
    const lock = await takeRunLock(lockIn(folder), { heartbeatMs: 20 });
    const content = readFileSync(lockIn(folder), 'utf8');
    rmSync(lockIn(folder));
    await vi.waitUntil(() => existsSync(lockIn(folder)), { timeout: 20_000 });
    expect(readFileSync(lockIn(folder), 'utf8')).toBe(content);
    lock.check();
    await lock.release();
  });

  it('does not give back a lock that another one has taken since', async () => {
    const folder = temporaryFolder();
    const { release } = await takeRunLock(lockIn(folder));
    writeFileSync(lockIn(folder), 'of somebody else');
    await release();
    expect(readFileSync(lockIn(folder), 'utf8')).toBe('of somebody else');
  });

  it('says where it cannot be written', async () => {
    const folder = path.join(temporaryFolder(), 'missing');
    await expect(takeRunLock(lockIn(folder))).rejects.toThrow(`${folder}: the run folder cannot be written`);
  });
});
