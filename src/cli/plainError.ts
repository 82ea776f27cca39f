/** Errors as they cross threads, and what exit code they mean. */
import { NerfstreamError } from '../errors.ts';
import type { PlainError } from './threadMessages.ts';

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
