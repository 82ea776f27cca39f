/** What the command line does with an error: what it shows, what exit code it means, and what of it crosses threads. */
import { createColors } from 'picocolors';
import { NerfstreamError } from '../errors.ts';
import type { PlainError } from './threadMessages.ts';

/** A command line that makes no sense. */
export class UsageError extends NerfstreamError<'Usage'> {
  readonly tag = 'Usage';
}

/** Exit code of a run that failed while it ran. */
export const failedExitCode = 1;
/** Exit code for a command line, configuration, data set, checkpoint or run folder that cannot be used. */
export const usageExitCode = 2;

const tagsOfBadInput: ReadonlySet<string | undefined> = new Set([
  'Config',
  'Data',
  'Checkpoint',
  'RunFolder',
  'Engine',
  'Sink',
  'Store',
  'Queue',
  'Usage',
]);

/** What of an error survives the way to another thread. */
export function plainErrorOf(error: unknown): PlainError {
  if (!(error instanceof Error)) return { message: String(error) };
  return {
    message: error.message,
    ...(error instanceof NerfstreamError && { tag: error.tag }),
    ...(error.stack !== undefined && { stack: withCauses(error) }),
  };
}

/** 2 for input that cannot be used, found before anything ran; 1 for everything else. */
export function exitCodeOf(error: PlainError): number {
  return tagsOfBadInput.has(error.tag) ? usageExitCode : failedExitCode;
}

function withCauses(error: Error): string {
  const stack = error.stack ?? error.message;
  return error.cause instanceof Error ? `${stack}\ncaused by ${withCauses(error.cause)}` : stack;
}

/** One line, `error: ...`, on stderr; with `debug` the stack follows. */
export function reportError(error: PlainError, debug: boolean): void {
  const line = error.message.replace(/\s*\n\s*/g, ' ');
  const { red } = createColors(process.stderr.isTTY === true);
  process.stderr.write(`${red('error:')} ${line}\n`);
  if (debug && error.stack !== undefined) process.stderr.write(`${error.stack}\n`);
}

/** The same for anything that was thrown. @returns its plain form. */
export function reportThrown(error: unknown, debug: boolean): PlainError {
  const plain = plainErrorOf(error);
  reportError(plain, debug);
  return plain;
}
