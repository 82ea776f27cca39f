/** The run's log: NDJSON in `run.log`, warnings for people on stderr. */
import { closeSync, openSync, writeSync } from 'node:fs';
import { inspect } from 'node:util';
import picocolors from 'picocolors';
import pino, { type Logger } from 'pino';
import type { Config } from '../config/schema.ts';
import type { Log, Progress } from '../log.ts';
import { createProgressDisplay } from './progressDisplay.ts';

export interface RunLog {
  /** What is said by `logger.child({ part })` says who said it. */
  readonly logger: Logger;
  /**
   * The run has started: from now on lines go to `file` (appended, each with the run's id; `undefined`: to no file) and
   * warnings to people.
   */
  open(file?: string, runId?: string): void;
  /** Shows how far something has come. */
  progress(progress: Progress): void;
  /** Closes the file. Every line is on its way to the disk when the call that logged it returns. */
  close(): void;
}

/**
 * A log that holds its lines until the run has started: a run folder exists only once preparing succeeded, and a run
 * that never starts leaves nothing behind and says one thing, its error. Writing is synchronous, so no exit path loses
 * a line. Lines with the field `tell: true` are shown at once, with `debug` all are.
 *
 * @param options `level`: the least that is written; `debug` writes everything. `output`: where people are told what happens, `null`: nowhere; default: stdout
 */
export function createRunLog(options: {
  readonly debug: boolean;
  readonly level?: Config['log']['level'];
  readonly output?: NodeJS.WriteStream | null;
}): RunLog {
  const { debug, output = process.stdout } = options;
  const level = debug ? 'debug' : (options.level ?? 'info');
  const file = heldStream();
  const people = heldStream();
  // On a terminal a progress bar may stand in the line: it is cleared, and drawn again with the next step.
  const clearLine = process.stderr.isTTY && output?.isTTY ? '\r\x1b[K' : '';
  const show = (line: string) => {
    if (line.includes(alreadyTold)) return;
    process.stderr.write(clearLine + forPeople(line, debug));
  };
  if (debug) people.release(show);
  const told = {
    write(line: string) {
      if (debug || !output || !line.includes(toBeTold)) return;
      output.write(`${output.isTTY ? '\r\x1b[K' : ''}${(JSON.parse(line) as { msg: string }).msg}\n`);
    },
  };
  const streams = pino.multistream([
    { level, stream: file },
    { level: debug ? 'debug' : level === 'error' ? 'error' : 'warn', stream: people },
    { level: 'info', stream: told },
  ]);
  const display = output ? createProgressDisplay(output) : undefined;
  let descriptor: number | undefined;
  return {
    logger: pino({ level: level === 'debug' ? level : 'info', base: null }, streams),
    open(path, runId) {
      if (path !== undefined) {
        const opened = openSync(path, 'a');
        descriptor = opened;
        file.release((line) => writeSync(opened, withRunId(line, runId)));
      }
      people.release(show);
    },
    progress: (progress) => display?.show(progress),
    close() {
      if (descriptor !== undefined) closeSync(descriptor);
      descriptor = undefined;
      file.release(() => {});
    },
  };
}

/** The log as the library takes it, with progress. */
export function logOf({ logger, progress }: RunLog): Log {
  const at = (level: 'debug' | 'info' | 'warn' | 'error') => (fields: object, message: string) =>
    logger[level](fields, message);
  return { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error'), progress };
}

/** `warning: message`, and with `debug` the fields below it. */
function forPeople(line: string, debug: boolean): string {
  const { level, time: _, msg, ...fields } = JSON.parse(line) as { level: Level; time: number; msg: string };
  const { name, color } = levels[level];
  const details = Object.entries<unknown>(debug ? fields : {}).map(
    ([key, value]) => `    ${key}: ${(value as { stack?: string } | null)?.stack ?? inspect(value)}\n`,
  );
  return `${picocolors.createColors(process.stderr.isTTY === true)[color](name)}: ${msg}\n${details.join('')}`;
}

/** A line with the field `told: true` is for the file alone: people are told in another way. */
const alreadyTold = '"told":true';

/** A line with the field `tell: true` is said to people at once, whatever becomes of the run. */
const toBeTold = '"tell":true';

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

const levels = {
  20: { name: 'debug', color: 'blue' },
  30: { name: 'info', color: 'green' },
  40: { name: 'warning', color: 'yellow' },
  50: { name: 'error', color: 'red' },
} as const;

type Level = keyof typeof levels;
