/** The run's log: NDJSON in `run.log`, warnings for people on stderr. */
import { closeSync, openSync, writeSync } from 'node:fs';
import pino, { type Logger } from 'pino';
import pretty from 'pino-pretty';

export interface RunLog {
  readonly logger: Logger;
  /** Starts writing to `file`, with what was logged before; lines are appended. */
  open(file: string): void;
  /** Closes the file. Every line is on its way to the disk when the call that logged it returns. */
  close(): void;
}

/**
 * A log whose file may come later: a run folder exists only once preparing succeeded, and a run that never starts
 * leaves nothing behind. Lines until then are kept in memory. Writing is synchronous, so no exit path loses a line.
 */
export function createRunLog(options: { readonly debug: boolean }): RunLog {
  let waiting: string[] = [];
  let descriptor: number | undefined;
  const file = {
    write(line: string) {
      if (descriptor === undefined) waiting.push(line);
      else writeSync(descriptor, line);
    },
  };
  const people = pretty({
    destination: 2,
    sync: true,
    colorize: process.stderr.isTTY === true,
    ignore: 'pid,hostname,time',
    hideObject: !options.debug,
    customPrettifiers: { level: (level) => `${levelNames[String(level)] ?? level}` },
  });
  const streams = pino.multistream([
    { level: 'debug', stream: file },
    { level: options.debug ? 'debug' : 'warn', stream: people },
  ]);
  return {
    logger: pino({ level: options.debug ? 'debug' : 'info', base: null }, streams),
    open(path) {
      descriptor = openSync(path, 'a');
      for (const line of waiting) writeSync(descriptor, line);
      waiting = [];
    },
    close() {
      if (descriptor !== undefined) closeSync(descriptor);
      descriptor = undefined;
    },
  };
}

const levelNames: Readonly<Record<string, string>> = {
  '20': 'debug',
  '30': 'info',
  '40': 'warning',
  '50': 'error',
};
