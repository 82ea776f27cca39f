/** Runs other people's programs so that none of them outlives this process, however it ends. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import type { Writable } from 'node:stream';
import type { Command } from './colmapTask.ts';

export interface CommandRun {
  readonly signal: AbortSignal;
  /** Takes the standard output; without it, nobody does. */
  readonly onOutput?: (chunk: Buffer) => void;
  readonly onErrorOutput: (chunk: Buffer) => void;
}

/** What a shell answers for a program that it does not find. */
export const notFoundCode = 127;

/**
 * Waits for the program, and ends it when the pipe with number 3 is closed, which happens when we abort and also when we are killed. In a
 * process group of its own: Ctrl-C is for us, and ours to pass on. Of the shell's own commands alone: another one that cannot be found would
 * look as if the pipe were closed.
 */
const supervised = `"$@" 3<&- & work=$!; { read -r closed <&3; kill -9 $work; } >/dev/null 2>&1 & wait $work`;

/**
 * Runs a program to its end.
 * @returns its exit code, or the name of the signal that ended it
 * @throws the signal's reason when it was aborted; the program has ended then
 */
export async function runCommand(command: Command, run: CommandRun): Promise<number | NodeJS.Signals> {
  run.signal.throwIfAborted();
  const child = start(command, run.onOutput !== undefined);
  const lifeline = child.stdio[3] as Writable | null | undefined;
  // The other end may be gone first.
  lifeline?.on('error', () => {});
  const end = () => (lifeline ? lifeline.end() : child.kill('SIGKILL'));
  run.signal.addEventListener('abort', end, { once: true });
  child.once('exit', () => lifeline?.end());
  child.stderr!.on('data', run.onErrorOutput);
  if (run.onOutput) child.stdout!.on('data', run.onOutput);
  try {
    const [code, signal] = (await once(child, 'close')) as [number | null, NodeJS.Signals | null];
    run.signal.throwIfAborted();
    return code ?? signal!;
  } finally {
    run.signal.removeEventListener('abort', end);
  }
}

function start({ file, args, environment }: Command, heard: boolean): ChildProcess {
  const env = { ...process.env, ...environment };
  const output = heard ? 'pipe' : 'ignore';
  // Windows has no such shell; if we are killed there, the program finishes what it does.
  if (process.platform === 'win32') return spawn(file, args, { stdio: ['ignore', output, 'pipe'], env });
  return spawn('sh', ['-c', supervised, 'sh', file, ...args], {
    stdio: ['ignore', output, 'pipe', 'pipe'],
    detached: true,
    env,
  });
}
