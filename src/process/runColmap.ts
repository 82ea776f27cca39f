/** Lets COLMAP do a task: what it says goes into a log file, and line by line to who asks how far it is. */
import { createWriteStream } from 'node:fs';
import { ColmapError } from '../errors.ts';
import type { Colmap, ColmapTask, Command } from './colmapTask.ts';
import { runCommand } from './runCommand.ts';

export interface ColmapRun {
  /** File that COLMAP's words are added to. */
  readonly log: string;
  readonly signal: AbortSignal;
  /** Called for each line of COLMAP's. */
  readonly onLine: (line: string) => void;
}

/** Of COLMAP's words so many lines are kept to find the reason of a failure in. */
const keptLines = 40;

/**
 * Does a task.
 * @throws ColmapError when a process ends with an error; the signal's reason when it was aborted
 */
export async function runColmap(colmap: Colmap, task: ColmapTask, run: ColmapRun): Promise<void> {
  for (const command of await colmap.commandsFor(task)) await runLogged(command, run);
}

async function runLogged(command: Command, { log: file, signal, onLine }: ColmapRun): Promise<void> {
  const log = createWriteStream(file, { flags: 'a' });
  log.write(`\n$ ${[command.file, ...command.args].join(' ')}\n`);
  const last: string[] = [];
  const listen = () =>
    linesOf((line) => {
      log.write(`${line}\n`);
      if (line.trim() !== '') last.push(line.trim());
      if (last.length > keptLines) last.shift();
      onLine(line);
    });
  try {
    const end = await runCommand(command, { signal, onOutput: listen(), onErrorOutput: listen() });
    if (end !== 0) throw failure(typeof end === 'number' ? `code ${end}` : end, last, file);
  } finally {
    await new Promise((resolve) => log.end(resolve));
  }
}

/** Cuts what comes in pieces into lines. */
function linesOf(onLine: (line: string) => void): (chunk: Buffer) => void {
  let rest = '';
  return (chunk) => {
    const lines = (rest + chunk).split(/\r?\n/);
    rest = lines.pop()!;
    lines.forEach(onLine);
  };
}

/** COLMAP's own reason is the last line that reports a problem, or just the last one. */
function failure(how: string, lines: readonly string[], log: string): ColmapError {
  const reason = lines.findLast((line) => /error|fail|exception|cannot|no space/i.test(line)) ?? lines.at(-1);
  const said = reason === undefined ? '' : `: ${reason.replace(/^[EFIW]\d{8} [\d:.]+ +\d+ /, '')}`;
  return new ColmapError(`COLMAP ended with ${how}${said}. All that it said is in ${log}.`);
}
