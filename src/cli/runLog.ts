/** The run's log: NDJSON in `run.log`, warnings for people on stderr. */
import { closeSync, openSync, writeSync } from 'node:fs';
import pino, { type Logger } from 'pino';
import pretty from 'pino-pretty';
import type { Config } from '../config/schema.ts';

export interface RunLog {
  /** What is said by `logger.child({ part })` says who said it. */
  readonly logger: Logger;
  /**
   * The run has started: from now on lines go to `file` (appended, each with the run's id; `undefined`: to no file) and
   * warnings to people.
   */
  open(file?: string, runId?: string): void;
  /** Closes the file. Every line is on its way to the disk when the call that logged it returns. */
  close(): void;
}

/**
 * A log that holds its lines until the run has started: a run folder exists only once preparing succeeded, and a run
 * that never starts leaves nothing behind and says one thing, its error. Writing is synchronous, so no exit path loses
 * a line. With `debug` everything is shown at once.
 *
 * @param options `level`: the least that is written; `debug` writes everything
 */
export function createRunLog(options: {
  readonly debug: boolean;
  readonly level?: Config['log']['level'];
}): RunLog {
  const { debug } = options;
  const level = debug ? 'debug' : (options.level ?? 'info');
  const file = heldStream();
  const people = heldStream();
  const terminal = pretty({
    destination: 2,
    sync: true,
    colorize: process.stderr.isTTY === true,
    ignore: 'pid,hostname,time',
    hideObject: !debug,
    customPrettifiers: { level: (level) => `${levelNames[String(level)] ?? level}` },
  });
  // On a terminal a progress bar may stand in the line: it is cleared, and drawn again with the next step.
  const clearLine = process.stderr.isTTY && process.stdout.isTTY ? '\r\x1b[K' : '';
  const show = (line: string) => {
    if (line.includes(alreadyTold)) return;
    if (clearLine !== '') writeSync(2, clearLine);
    terminal.write(line);
  };
  if (debug) people.release(show);
  const streams = pino.multistream([
    { level, stream: file },
    { level: debug ? 'debug' : level === 'error' ? 'error' : 'warn', stream: people },
  ]);
  let descriptor: number | undefined;
  return {
    logger: pino({ level, base: null }, streams),
    open(path, runId) {
      if (path !== undefined) {
        const opened = openSync(path, 'a');
        descriptor = opened;
        file.release((line) => writeSync(opened, withRunId(line, runId)));
      }
      people.release(show);
    },
    close() {
      if (descriptor !== undefined) closeSync(descriptor);
      descriptor = undefined;
      file.release(() => {});
    },
  };
}

/** A line with the field `told: true` is for the file alone: people are told in another way. */
const alreadyTold = '"told":true';

/** Also for lines that were written before the run had an id. */
function withRunId(line: string, runId: string | undefined): string {
  return runId === undefined ? line : line.replace(/\}\n$/, `,"runId":${JSON.stringify(runId)}}\n`);
}

/** Keeps lines until it is told where they go. */
function heldStream() {
  let held: string[] = [];
  let write = (line: string): unknown => held.push(line);
  return {
    write: (line: string) => {
      write(line);
    },
    release(to: (line: string) => unknown) {
      write = to;
      for (const line of held) to(line);
      held = [];
    },
  };
}

const levelNames: Readonly<Record<string, string>> = {
  '20': 'debug',
  '30': 'info',
  '40': 'warning',
  '50': 'error',
};
