/** Shows an error to a person. */
import { createColors } from 'picocolors';
import { plainErrorOf } from './plainError.ts';
import type { PlainError } from './threadMessages.ts';

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
