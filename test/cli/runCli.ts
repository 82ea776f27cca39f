/** Runs the built command line in a process of its own, as a user does. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { onTestFinished, TestRunner } from 'vitest';

/** The program, as it is installed. */
export const main = fileURLToPath(new URL('../../dist/src/cli/main.js', import.meta.url));

export interface CliResult {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface RunningCli {
  readonly process: ChildProcess;
  readonly result: Promise<CliResult>;
}

/** Starts `nerfstream ...args`; the caller waits for `result`. What still runs when the test has finished, because it failed midway, is killed. */
export function startCli(
  args: readonly string[],
  options: { readonly cwd?: string; readonly env?: NodeJS.ProcessEnv } = {},
): RunningCli {
  if (!existsSync(main)) throw new Error('these tests run the build: npm run build');
  const child = spawn(process.execPath, [main, ...args], { ...options, stdio: ['ignore', 'pipe', 'pipe'] });
  let stdout = '';
  let stderr = '';
  child.stdout.on('data', (chunk) => {
    stdout += String(chunk);
  });
  child.stderr.on('data', (chunk) => {
    stderr += String(chunk);
  });
  const result = new Promise<CliResult>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code, signal) => resolve({ code, signal, stdout, stderr }));
  });
  // Hooks have no end of their own: who starts something there ends it there.
  if (TestRunner.getCurrentTest())
    onTestFinished(async () => {
      if (child.exitCode !== null || child.signalCode !== null) return;
      const gone = once(child, 'exit');
      child.kill('SIGKILL');
      await gone;
    });
  return { process: child, result };
}

/** Runs `nerfstream ...args` to its end. */
export function runCli(
  args: readonly string[],
  options: { readonly cwd?: string; readonly env?: NodeJS.ProcessEnv } = {},
): Promise<CliResult> {
  return startCli(args, options).result;
}

/** The address of a studio, which stands alone on a line of standard output. */
export function printedAddress({ process: child }: RunningCli): Promise<string> {
  let text = '';
  return new Promise((resolve, reject) => {
    child.stdout?.on('data', (chunk: Buffer) => {
      text += String(chunk);
      const [address] = /^http:\/\/\S+(?=\n)/m.exec(text) ?? [];
      if (address) resolve(address);
    });
    child.on('exit', () => reject(new Error(`no address: ${text}`)));
  });
}
