/** Programs that are run end with who runs them: real processes, a real kill. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { notFoundCode, runCommand } from '../../src/process/runCommand.ts';
import { temporaryFolder } from '../support/temporaryFolder.ts';

const never = new AbortController().signal;
const quiet = { signal: never, onErrorOutput() {} };

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    // One that has ended and that nobody has asked for yet still has its number.
    return !/^\d+ \(.*\) Z/.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
  } catch {
    return false;
  }
}

async function until(condition: () => boolean): Promise<void> {
  const deadline = Date.now() + 20_000;
  while (!condition() && Date.now() < deadline) await delay(20);
  expect(condition()).toBe(true);
}

describe('runCommand', () => {
  it('hands over what a program says, its arguments, environment and exit code', async () => {
    let said = '';
    const code = await runCommand(
      { file: 'sh', args: ['-c', 'echo "$1 $WORD"; exit 3', 'sh', 'a "b'], environment: { WORD: 'c' } },
      { ...quiet, onOutput: (chunk) => (said += chunk) },
    );
    expect({ code, said }).toEqual({ code: 3, said: 'a "b c\n' });
    expect(await runCommand({ file: '/nowhere/program', args: [] }, quiet)).toBe(notFoundCode);
  });

  it.skipIf(process.platform === 'win32')('needs nothing but a shell in the path', async () => {
    const folder = temporaryFolder();
    symlinkSync('/bin/sh', join(folder, 'sh'));
    const count = 'i=0; while [ $i -lt 100000 ]; do i=$((i+1)); done; exit 4';
    const environment = { PATH: folder };
    expect(await runCommand({ file: 'sh', args: ['-c', count], environment }, quiet)).toBe(4);
    expect(await runCommand({ file: 'ffmpeg', args: [], environment }, quiet)).toBe(notFoundCode);
  });

  it.skipIf(process.platform !== 'linux')('ends the program when it is aborted', async () => {
    const file = join(temporaryFolder(), 'pid');
    const interruption = new AbortController();
    const running = runCommand(
      { file: 'sh', args: ['-c', 'echo $$ > "$1"; exec sleep 600', 'sh', file] },
      { ...quiet, signal: interruption.signal },
    );
    await until(() => existsSync(file) && readFileSync(file, 'utf8').endsWith('\n'));
    interruption.abort(new Error('enough'));
    await expect(running).rejects.toThrow('enough');
    await until(() => !isRunning(Number(readFileSync(file, 'utf8'))));
  });

  it.skipIf(process.platform !== 'linux')(
    '[PR1] ends the program when the process that runs it is killed',
    async () => {
      const folder = temporaryFolder();
      const [file, script] = [join(folder, 'pid'), join(folder, 'run.mts')];
      const module = new URL('../../src/process/runCommand.ts', import.meta.url);
      writeFileSync(
        script,
        `import { runCommand } from ${JSON.stringify(module.href)};
      const args = ['-c', 'echo $$ > "$1"; exec sleep 600', 'sh', ${JSON.stringify(file)}];
      await runCommand({ file: 'sh', args }, { signal: new AbortController().signal, onErrorOutput() {} });`,
      );
      const runner = spawn(process.execPath, ['--import', 'tsx', script], { cwd: process.cwd() });
      await until(() => existsSync(file) && readFileSync(file, 'utf8').endsWith('\n'));
      runner.kill('SIGKILL');
      await once(runner, 'close');
      await until(() => !isRunning(Number(readFileSync(file, 'utf8'))));
    },
  );
});
