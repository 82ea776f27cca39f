#!/usr/bin/env node
/** Entry point of the `nerfstream` command: parses, runs one command, turns errors into one line and an exit code. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import v8 from 'node:v8';
import { CommanderError } from 'commander';
import { packageRoot } from '../config/packageRoot.ts';
import { allowV8Flags, keepHeapSmall } from '../v8Flags.ts';
import { exitCodeOf, reportError, reportThrown, usageExitCode } from './cliErrors.ts';
import { createProgram } from './program.ts';

// This process is ours: its threads may compile kernels for vectors that V8 calls experimental.
allowV8Flags();
// V8 would collect garbage on all threads some seconds after everything falls quiet: a paused run is to cost nothing.
v8.setFlagsFromString('--no-memory-reducer');
keepHeapSmall();

const debug = process.argv.includes('--debug');

// A reader that has seen enough (`| head`) closes the pipe, and a terminal whose connection drops takes no more (EIO): no errors, and no
// reason to lose a training.
for (const stream of [process.stdout, process.stderr])
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE' && error.code !== 'EIO') throw error;
  });

try {
  const program = createProgram(versionOfPackage(), (code) => {
    process.exitCode = code;
  });
  if (process.argv.length <= 2) program.help({ error: true });
  await program.parseAsync();
} catch (error) {
  process.exitCode = handle(error);
}

function handle(error: unknown): number {
  if (!(error instanceof CommanderError)) return exitCodeOf(reportThrown(error, debug));
  if (error.exitCode === 0) return 0;
  // With `help` in its code the help text was printed, which says enough.
  if (!error.code.startsWith('commander.help'))
    reportError(
      { message: error.message.replace(/^error: /, ''), ...(error.stack && { stack: error.stack }) },
      debug,
    );
  return usageExitCode;
}

function versionOfPackage(): string {
  const file = path.join(packageRoot(), 'package.json');
  return (JSON.parse(readFileSync(file, 'utf8')) as { version: string }).version;
}
